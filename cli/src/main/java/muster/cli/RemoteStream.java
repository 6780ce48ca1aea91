package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The socket of a remote session, with a blocking receive and a blocking send. One frame is read
/// ahead at most: a terminal that takes nothing holds back the program on the device. One thread
/// receives; sends take turns.
final class RemoteStream implements WebSocket.Listener, AutoCloseable {
  private static final Duration PING = Duration.ofSeconds(15);
  private static final int NORMAL = 1000;

  /// What comes in.
  sealed interface Frame {}

  record Bytes(byte[] bytes) implements Frame {}

  /// @param json with a `type`
  record Control(JsonNode json) implements Frame {}

  /// Nothing more comes.
  ///
  /// @param reason in the server's words; may be empty
  record Gone(String reason) implements Frame {}

  private final LinkedBlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
  private final StringBuilder text = new StringBuilder();
  private volatile boolean asked = true;
  private @Nullable WebSocket socket;

  private RemoteStream() {}

  /// @param connect opens the socket for a listener
  /// @throws ApiException when the server says no
  static RemoteStream open(Function<WebSocket.Listener, CompletableFuture<WebSocket>> connect)
      throws IOException {
    RemoteStream stream = new RemoteStream();
    try {
      stream.socket = connect.apply(stream).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        throw new ApiException(refused.getResponse().statusCode(), said(refused));
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    Thread.ofVirtual().start(stream::keepAlive);
    return stream;
  }

  private static String said(WebSocketHandshakeException refused) {
    return switch (refused.getResponse().statusCode()) {
      case 404 -> "the session has ended";
      case 409 -> "the session is in use already";
      default -> "the server answered HTTP " + refused.getResponse().statusCode();
    };
  }

  /// Shows the server that somebody is here, also when nobody reads what comes.
  private void keepAlive() {
    try {
      while (!socket().isOutputClosed()) {
        Thread.sleep(PING);
        socket().sendPing(ByteBuffer.allocate(0));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private WebSocket socket() {
    WebSocket present = socket;
    if (present == null) {
      throw new IllegalStateException("not connected");
    }
    return present;
  }

  /// Waits for the next frame; after [Gone] there is none.
  Frame receive() throws InterruptedException {
    Frame next = frames.poll();
    if (next != null) {
      return next;
    }
    if (!asked) {
      asked = true;
      socket().request(1);
    }
    return frames.take();
  }

  /// Waits until the network has taken it; false when the session is gone.
  synchronized boolean send(byte[] bytes, int length) throws InterruptedException {
    return sent(socket().sendBinary(ByteBuffer.wrap(bytes, 0, length), true));
  }

  synchronized boolean send(JsonNode control) throws InterruptedException {
    return sent(socket().sendText(Json.write(control), true));
  }

  private static boolean sent(CompletableFuture<WebSocket> sending) throws InterruptedException {
    try {
      sending.get();
      return true;
    } catch (ExecutionException e) {
      return false;
    }
  }

  @Override
  public void close() {
    socket().sendClose(NORMAL, "");
    socket().abort();
    frames.add(new Gone(""));
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    asked = false;
    frames.add(new Bytes(bytes));
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (!last) {
      from.request(1);
      return null;
    }
    try {
      JsonNode json = Json.read(text.toString().getBytes(UTF_8));
      asked = false;
      frames.add(new Control(json));
    } catch (IOException e) {
      from.abort();
      frames.add(new Gone("the server does not keep to the protocol"));
    }
    text.setLength(0);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    frames.add(new Gone(reason));
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable problem) {
    frames.add(new Gone("the connection to the server broke"));
  }
}
