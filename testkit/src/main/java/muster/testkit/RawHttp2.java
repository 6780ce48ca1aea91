package muster.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// An HTTP/2 connection (RFC 9113, in clear, without an upgrade) that sends the frames a test
/// wants, legal or not. For one thread.
public final class RawHttp2 implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int END_HEADERS = 4;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int CANCEL = 8;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int PATIENCE_MILLIS = 20_000;
  private static final byte[] NOTHING = {};

  private final Socket socket;
  private final DataOutputStream out;
  private final ByteArrayOutputStream buffered = new ByteArrayOutputStream();
  private final DataOutputStream frames = new DataOutputStream(buffered);
  private final DataInputStream in;

  public record Frame(int type, int flags, int stream, byte[] payload) {}

  /// How the connection came to its end.
  ///
  /// @param goAway the error code the server gave, if it said one
  public record End(boolean closed, Optional<Integer> goAway) {}

  private RawHttp2(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    this.out = new DataOutputStream(socket.getOutputStream());
    this.in = new DataInputStream(socket.getInputStream());
  }

  /// Connects, and sends the preface and these settings.
  ///
  /// @param window how much of an answer's body the server may send before it is asked for more
  public static RawHttp2 to(TestMuster muster, int window) {
    try {
      RawHttp2 connection = new RawHttp2(new Socket("127.0.0.1", muster.port()));
      connection.frames.writeBytes(PREFACE);
      ByteArrayOutputStream settings = new ByteArrayOutputStream();
      DataOutputStream fields = new DataOutputStream(settings);
      fields.writeShort(INITIAL_WINDOW_SIZE);
      fields.writeInt(window);
      return connection.add(SETTINGS, 0, 0, settings.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Adds a frame to what [#flush()] sends.
  public RawHttp2 add(int type, int flags, int stream, byte[] payload) {
    try {
      frames.writeByte(payload.length >> 16);
      frames.writeShort(payload.length);
      frames.writeByte(type);
      frames.writeByte(flags);
      frames.writeInt(stream);
      frames.write(payload);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A whole GET.
  public RawHttp2 addGet(int stream, String path, String token) {
    return add(HEADERS, END_STREAM | END_HEADERS, stream, get(path, token));
  }

  public RawHttp2 addReset(int stream) {
    return add(RST_STREAM, 0, stream, new byte[] {0, 0, 0, CANCEL});
  }

  public RawHttp2 addPing() {
    return add(PING, 0, 0, new byte[8]);
  }

  public RawHttp2 addSettings() {
    return add(SETTINGS, 0, 0, NOTHING);
  }

  /// Lets the server send so many bytes more, on all streams together (0) or on one.
  public RawHttp2 addWindow(int stream, int bytes) {
    return add(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(bytes).array());
  }

  /// Sends what was added.
  ///
  /// @return false when the server has closed the connection
  public boolean flush() {
    try {
      buffered.writeTo(out);
      buffered.reset();
      out.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// The header block of a GET (HPACK, RFC 7541: names by the static table, values as they are).
  public static byte[] get(String path, String token) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(0x82); // :method GET
    block.write(0x86); // :scheme http
    literal(block, 4, path);
    literal(block, 1, "muster");
    literal(block, 23, "Bearer " + token);
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, int name, String value) {
    number(block, name, 15);
    byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
    number(block, bytes.length, 127);
    block.writeBytes(bytes);
  }

  private static void number(ByteArrayOutputStream block, int value, int prefix) {
    if (value < prefix) {
      block.write(value);
      return;
    }
    block.write(prefix);
    int rest = value - prefix;
    while (rest >= 128) {
      block.write(rest % 128 + 128);
      rest /= 128;
    }
    block.write(rest);
  }

  /// The next frame; empty when the server has closed.
  public Optional<Frame> next() {
    try {
      int high = in.read();
      if (high < 0) {
        return Optional.empty();
      }
      int length = (high << 16) + in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = new byte[length];
      in.readFully(payload);
      return Optional.of(new Frame(type, flags, stream, payload));
    } catch (SocketTimeoutException e) {
      throw new UncheckedIOException(e);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// Reads until the server closes, at most so long.
  public End awaitEnd(Duration atMost) {
    Optional<Integer> goAway = Optional.empty();
    long until = System.nanoTime() + atMost.toNanos();
    try {
      while (true) {
        long left = Math.max(1, (until - System.nanoTime()) / 1_000_000);
        socket.setSoTimeout((int) left);
        Optional<Frame> frame = next();
        if (frame.isEmpty()) {
          return new End(true, goAway);
        }
        if (frame.get().type() == GOAWAY) {
          byte[] payload = frame.get().payload();
          goAway = Optional.of((int) payload[7]);
        }
        if (System.nanoTime() > until) {
          return new End(false, goAway);
        }
      }
    } catch (UncheckedIOException e) {
      return new End(false, goAway);
    } catch (IOException e) {
      return new End(true, goAway);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
