package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// A port of this machine that leads to one of a device's.
@Command(
    name = "forward",
    header = "Make a port of a device reachable on this machine.",
    description = {
      "",
      "Listens on 127.0.0.1; every connection goes through the server and the device's agent to the"
          + " port, on the device itself unless a host is named. The device's policy decides where"
          + " that may be; without one, only on the device itself. Ctrl-C ends it.",
      ""
    },
    customSynopsis = "muster forward <name or id> [<local port>:][<host>:]<port>",
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster forward web-1 8080:80       # http://127.0.0.1:8080 is port 80 of web-1",
      "  muster forward web-1 0:22          # any free port; it is printed",
      "  muster forward web-1 db:5432       # what web-1 reaches under that name",
      "",
      "Exit code: 125 when the session was ended meanwhile."
    })
final class ForwardCommand implements Callable<Integer> {
  private static final int BACKLOG = 50;
  private static final int BUFFER = 32 * 1024;

  @Parameters(index = "0", paramLabel = "<name or id>", description = "The device.")
  private String name = "";

  @Parameters(index = "1", paramLabel = "<ports>", description = "Which port leads where.")
  private String ports = "";

  private final Session session;

  /// The session was ended, and not by us.
  private volatile boolean lost;

  ForwardCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    ForwardSpec spec = ForwardSpec.parse(ports);
    JsonNode device = new DeviceNames(session.api()).resolve(name);
    ObjectNode request = Json.object().put("type", "tcp").put("target", spec.target());
    try (ServerSocket listening = listen(spec);
        RemoteSession remote = RemoteSession.begin(session.api(), device, request)) {
      session.terminal().onInterrupt(() -> close(listening));
      session
          .output()
          .note(
              "127.0.0.1:%d leads to %s of %s (Ctrl-C ends it)"
                  .formatted(listening.getLocalPort(), spec.target(), Json.text(device, "name")));
      serve(listening, remote);
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "forwarding failed: " + e.getMessage(), e);
    }
    return lost ? Exit.NOT_RUN : Exit.OK;
  }

  private static ServerSocket listen(ForwardSpec spec) {
    try {
      return new ServerSocket(spec.localPort(), BACKLOG, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new Failure(
          Exit.FAILURE,
          "cannot listen on 127.0.0.1:%d: %s".formatted(spec.localPort(), e.getMessage()),
          e);
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed all the same.
    }
  }

  /// Until it is closed.
  private void serve(ServerSocket listening, RemoteSession remote) {
    while (!listening.isClosed()) {
      Socket socket;
      try {
        socket = listening.accept();
      } catch (IOException e) {
        return;
      }
      Thread.ofVirtual().start(() -> connect(listening, socket, remote));
    }
  }

  private void connect(ServerSocket listening, Socket socket, RemoteSession remote) {
    try (socket;
        RemoteStream stream = remote.open()) {
      Thread sending = Thread.ofVirtual().start(() -> send(socket, stream));
      String reason = receive(stream, socket);
      if (!reason.isEmpty()) {
        session.output().note(reason);
      }
      socket.close();
      sending.interrupt();
    } catch (ApiException e) {
      session.output().note(e.getMessage() == null ? "refused" : e.getMessage());
      if (e.status() == 404 && !listening.isClosed()) {
        lost = true;
        remote.hasEnded();
        close(listening);
      }
    } catch (Failure | IOException e) {
      session.output().note(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Why it ended, if that is worth telling.
  private static String receive(RemoteStream stream, Socket socket)
      throws IOException, InterruptedException {
    OutputStream out = socket.getOutputStream();
    while (true) {
      switch (stream.receive()) {
        case RemoteStream.Bytes data -> out.write(data.bytes());
        case RemoteStream.Control said -> {
          if (Json.text(said.json(), "type").equals("eof")) {
            socket.shutdownOutput();
          }
        }
        case RemoteStream.Gone gone -> {
          return gone.reason();
        }
      }
    }
  }

  private static void send(Socket socket, RemoteStream stream) {
    byte[] buffer = new byte[BUFFER];
    try {
      int n = socket.getInputStream().read(buffer);
      while (n >= 0 && stream.send(buffer, n)) {
        n = socket.getInputStream().read(buffer);
      }
      stream.send(Json.object().put("type", "eof"));
    } catch (IOException e) {
      // The program here is gone: so is the connection there.
      stream.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
