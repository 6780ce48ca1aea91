package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// A terminal on a device.
@Command(
    name = "shell",
    header = "Open a terminal on a device.",
    description = {
      "",
      "Starts the shell of the agent's user on the device. All keys go there, Ctrl-C too. Type exit"
          + " to end it, or ~. at the beginning of a line when it answers no more (~~ sends ~)."
          + " Leaving ends what runs in it; the server may record what it shows, and says so.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster shell web-1",
      "",
      "Exit code: that of the shell; 125 when the session was lost or ended."
    })
final class ShellCommand implements Callable<Integer> {
  private static final int KEYS = 16 * 1024;

  @Parameters(paramLabel = "<name or id>", description = "The device.")
  private String name = "";

  private final Session session;

  ShellCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws InterruptedException {
    Terminal terminal = session.terminal();
    if (!terminal.inIsTerminal() || !terminal.outIsTerminal()) {
      throw new Failure(
          Exit.USAGE,
          "a shell wants a terminal on stdin and stdout; in scripts: muster exec "
              + name
              + " -- <command>");
    }
    JsonNode device = new DeviceNames(session.api()).resolve(name);
    End end;
    try (Screen screen = terminal.screen();
        RemoteSession remote = RemoteSession.begin(session.api(), device, terminal(screen))) {
      if (remote.isRecorded()) {
        session.output().note("this session is recorded");
      }
      RemoteStream stream = remote.open();
      screen.raw();
      end = sit(stream, screen);
      remote.hasEnded();
    }
    return told(end);
  }

  private static ObjectNode terminal(Screen screen) {
    return Json.object()
        .put("type", "terminal")
        .put("cols", screen.cols())
        .put("rows", screen.rows());
  }

  /// @param code of the shell; below 0 when nobody knows
  private record End(int code, String reason) {}

  private int told(End end) {
    if (end.code() >= 0) {
      return end.code();
    }
    session
        .output()
        .note(end.reason().isEmpty() ? "left the session" : "the session ended: " + end.reason());
    return Exit.NOT_RUN;
  }

  private End sit(RemoteStream stream, Screen screen) throws InterruptedException {
    try (stream) {
      screen.onResize(() -> resize(stream, screen));
      Thread.ofPlatform().daemon().name("keys").start(() -> sendKeys(stream));
      PrintStream out = session.terminal().out();
      while (true) {
        switch (stream.receive()) {
          case RemoteStream.Bytes data -> {
            out.write(data.bytes(), 0, data.bytes().length);
            out.flush();
          }
          case RemoteStream.Control said -> {
            if (Json.text(said.json(), "type").equals("exit")) {
              return new End(said.json().path("code").asInt(), "");
            }
          }
          case RemoteStream.Gone gone -> {
            return new End(-1, gone.reason());
          }
        }
      }
    }
  }

  private static void resize(RemoteStream stream, Screen screen) {
    try {
      stream.send(
          Json.object()
              .put("type", "resize")
              .put("cols", screen.cols())
              .put("rows", screen.rows()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Until the person leaves, or the program ends: nothing interrupts a read of the keyboard.
  private void sendKeys(RemoteStream stream) {
    InputStream in = session.terminal().in();
    Escape escape = new Escape();
    byte[] keys = new byte[KEYS];
    try {
      for (int n = in.read(keys); n >= 0 && !escape.hasLeft(); n = in.read(keys)) {
        byte[] sent = escape.filter(keys, n);
        if (sent.length > 0 && !stream.send(sent, sent.length) || escape.hasLeft()) {
          break;
        }
      }
      stream.close();
    } catch (IOException e) {
      stream.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
