package muster.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// A TCP connection that says what no HTTP client would say, byte for byte. For one thread.
public final class RawConnection implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Socket socket;

  /// What came back: everything from the status line on.
  public record Answer(String text) {
    public int status() {
      return Integer.parseInt(text.split(" ", 3)[1]);
    }

    public String body() {
      return text.substring(text.indexOf("\r\n\r\n") + 4);
    }

    /// The first value of a header, its name in any case.
    public Optional<String> header(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      return text.substring(0, text.indexOf("\r\n\r\n"))
          .lines()
          .skip(1)
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).strip())
          .findFirst();
    }
  }

  private RawConnection(Socket socket) {
    this.socket = socket;
  }

  public static RawConnection to(TestMuster muster) {
    return to("127.0.0.1", muster.port());
  }

  public static RawConnection to(String host, int port) {
    try {
      Socket socket = new Socket(host, port);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      return new RawConnection(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// From another of this machine's loopback addresses, `127.x.y.z`.
  public static RawConnection from(String local, TestMuster muster) {
    try {
      Socket socket = new Socket("127.0.0.1", muster.port(), InetAddress.ofLiteral(local), 0);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      return new RawConnection(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends `request`, reads one answer and closes.
  public static Answer ask(TestMuster muster, String request) {
    try (RawConnection connection = to(muster)) {
      connection.send(request);
      return connection.answer();
    }
  }

  public void send(String text) {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends one byte after the other until the other side takes no more: one that has answered may
  /// close before it has heard all.
  public void sendByteByByte(String text) {
    try {
      for (byte one : text.getBytes(StandardCharsets.ISO_8859_1)) {
        socket.getOutputStream().write(one);
      }
    } catch (IOException e) {
      // What it has to say is there to be read.
    }
  }

  /// Reads the head of an answer and nothing behind it.
  public Answer head() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      InputStream in = socket.getInputStream();
      while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("closed after " + bytes);
        }
        bytes.write(next);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Answer(bytes.toString(StandardCharsets.UTF_8));
  }

  /// Reads one answer: to the end of its body when it says how long that is, else until the server
  /// closes.
  public Answer answer() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      InputStream in = socket.getInputStream();
      int next;
      while (!isWhole(bytes) && (next = in.read()) >= 0) {
        bytes.write(next);
      }
    } catch (IOException e) {
      if (bytes.size() == 0) {
        throw new UncheckedIOException(e);
      }
    }
    return new Answer(bytes.toString(StandardCharsets.UTF_8));
  }

  private static boolean isWhole(ByteArrayOutputStream bytes) {
    byte[] soFar = bytes.toByteArray();
    String text = new String(soFar, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    return end >= 0
        && new Answer(text)
            .header("content-length")
            .map(length -> soFar.length - end - 4 >= Integer.parseInt(length))
            .orElse(false);
  }

  /// Whether the server has closed the connection by now; waits `atMost` for that.
  public boolean isCutWithin(Duration atMost) {
    try {
      socket.setSoTimeout((int) atMost.toMillis());
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
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
