package muster.api.agents;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import muster.remote.RemoteFrame;
import muster.remote.RemoteSocket;
import muster.socket.DeviceChannel;

/// The device's side of a terminal whose bytes are frames of the agent's one socket. That socket is
/// never stopped for a person who reads slowly, as heartbeats and results come on it: what they
/// have not taken waits here, up to [#MOST_WAITING], and what comes beyond that is left out with a
/// line that says so. Shared; all that waits is guarded by this object.
final class AgentsTerminal implements RemoteSocket {
  /// Bytes of output that wait for a person.
  static final int MOST_WAITING = 1024 * 1024;

  private final String name;
  private final DeviceChannel channel;

  /// Of what the person types: a character may come in two frames. Only who sends touches it.
  private final CharsetDecoder typed =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  private byte[] rest = {};

  private final Deque<RemoteFrame> frames = new ArrayDeque<>();
  private int waiting;
  private long leftOut;
  private boolean over;

  /// Whether the agent has the shell still.
  private boolean runs = true;

  AgentsTerminal(String name, DeviceChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  synchronized void output(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (leftOut > 0 || waiting + bytes.length > MOST_WAITING) {
      leftOut += bytes.length;
    } else {
      waiting += bytes.length;
      frames.add(new RemoteFrame.Bytes(bytes));
    }
    notifyAll();
  }

  synchronized void exited(int code) {
    runs = false;
    sayWhatIsLeftOut();
    frames.add(new RemoteFrame.Exit(code));
    end();
  }

  synchronized void failed(String why) {
    runs = false;
    sayWhatIsLeftOut();
    frames.add(line("the device says: " + why));
    end();
  }

  /// The agent's connection is gone.
  synchronized void gone() {
    runs = false;
    end();
  }

  private void end() {
    over = true;
    notifyAll();
  }

  private void sayWhatIsLeftOut() {
    if (leftOut > 0) {
      frames.add(line("%d bytes of output left out: read faster".formatted(leftOut)));
      leftOut = 0;
    }
  }

  private static RemoteFrame line(String text) {
    return new RemoteFrame.Bytes("\r\n[%s]\r\n".formatted(text).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public synchronized Optional<RemoteFrame> receive() throws InterruptedException {
    while (frames.isEmpty() && leftOut == 0 && !over) {
      wait();
    }
    if (frames.isEmpty()) {
      sayWhatIsLeftOut();
    }
    Optional<RemoteFrame> next = Optional.ofNullable(frames.poll());
    if (next.isPresent() && next.get() instanceof RemoteFrame.Bytes data) {
      waiting = Math.max(0, waiting - data.bytes().length);
    }
    return next;
  }

  @Override
  public boolean send(RemoteFrame frame) throws InterruptedException {
    if (isOver()) {
      return false;
    }
    switch (frame) {
      case RemoteFrame.Bytes data -> {
        String text = text(data.bytes());
        if (!text.isEmpty()) {
          say("pty_input", Map.of("data", text));
        }
      }
      case RemoteFrame.Resize size -> {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cols", size.cols());
        fields.put("rows", size.rows());
        say("pty_resize", fields);
      }
      case RemoteFrame.Eof eof -> {}
      case RemoteFrame.Exit exit -> {}
    }
    channel.awaitTaken();
    return true;
  }

  private synchronized boolean isOver() {
    return over;
  }

  private String text(byte[] bytes) {
    ByteBuffer in = ByteBuffer.allocate(rest.length + bytes.length).put(rest).put(bytes).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining());
    typed.decode(in, out, false);
    rest = new byte[in.remaining()];
    in.get(rest);
    return out.flip().toString();
  }

  private void say(String type, Map<String, ?> fields) {
    Map<String, Object> frame = new LinkedHashMap<>();
    frame.put("type", type);
    frame.put("session", name);
    frame.putAll(fields);
    channel.send(AgentsJson.frame(frame));
  }

  @Override
  public void close(int code, String reason) {
    boolean stops;
    synchronized (this) {
      stops = runs;
      runs = false;
      if (!over) {
        end();
      }
    }
    if (stops) {
      say("pty_close", Map.of());
    }
  }
}
