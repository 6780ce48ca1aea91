package muster.agent;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ServerSocketFactory;

/// A server on a loopback port that speaks as much HTTP as the agent needs and hands every
/// WebSocket to the test. What a request is answered with is scripted.
public final class TestServer implements Closeable {
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /// An HTTP answer; `head` lines end with CRLF.
  public record Answer(int status, String head, String body) {
    public static Answer json(int status, String body) {
      return new Answer(status, "Content-Type: application/json\r\n", body);
    }
  }

  /// A request as it came.
  public record Asked(String method, String path, Map<String, String> headers, String body) {}

  private final ServerSocket listener;
  private final String scheme;
  private final BlockingQueue<TestPeer> peers = new LinkedBlockingQueue<>();
  private final ConcurrentLinkedQueue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Answer> refusals = new ConcurrentLinkedQueue<>();
  private volatile Function<Asked, Answer> script = asked -> Answer.json(404, "{}");

  public TestServer() throws IOException {
    this(ServerSocketFactory.getDefault(), "http");
  }

  public TestServer(ServerSocketFactory factory, String scheme) throws IOException {
    this.scheme = scheme;
    listener = factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept, "test-server");
  }

  public URI base() {
    return URI.create(scheme + "://127.0.0.1:" + listener.getLocalPort());
  }

  public URI socketUri() {
    return URI.create(base().toString().replaceFirst("http", "ws") + "/device/ws");
  }

  /// Answers what is no upgrade.
  public void script(Function<Asked, Answer> answers) {
    script = answers;
  }

  /// Answers the next upgrade with something else.
  public void refuseNext(Answer answer) {
    refusals.add(answer);
  }

  /// The next agent that connects, within 10 s.
  public TestPeer peer() throws InterruptedException {
    TestPeer peer = peers.poll(60, TimeUnit.SECONDS);
    if (peer == null) {
      throw new AssertionError("no agent connected");
    }
    return peer;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        thread(() -> serve(socket), "test-connection");
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        Asked asked = read(in);
        if (asked.headers().containsKey("upgrade")) {
          Answer refusal = refusals.poll();
          if (refusal == null) {
            upgrade(socket, in, asked);
            return;
          }
          answer(socket, refusal);
        } else {
          answer(socket, script.apply(asked));
        }
      }
    } catch (IOException e) {
      // The agent went away.
    }
  }

  private void upgrade(Socket socket, InputStream in, Asked asked) throws IOException {
    String accept = accept(asked.headers().getOrDefault("sec-websocket-key", ""));
    socket
        .getOutputStream()
        .write(
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: "
                    + accept
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    TestPeer peer = new TestPeer(socket, in, asked.headers());
    peers.add(peer);
    peer.readAll();
  }

  private static Asked read(InputStream in) throws IOException {
    String[] request = line(in).split(" ");
    Map<String, String> headers = new HashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    return new Asked(request[0], request[1], headers, body);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the agent went away");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private static void answer(Socket socket, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 "
            + answer.status()
            + " X\r\n"
            + answer.head()
            + "Content-Length: "
            + body.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(body);
    socket.getOutputStream().flush();
  }

  private static String accept(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static void thread(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }
}
