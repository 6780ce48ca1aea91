package muster.it.page;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.testkit.FakeDevice.Close;
import org.jspecify.annotations.Nullable;

/// A bare WebSocket, for frames that no well-behaved device sends.
public final class AgentSocket implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final long WAIT_SECONDS = 60;

  private final WebSocket socket;
  private final Listener listener;

  private AgentSocket(WebSocket socket, Listener listener) {
    this.socket = socket;
    this.listener = listener;
  }

  /// @throws WebSocketHandshakeException when the server refuses
  public static AgentSocket open(URI url, Map<String, String> headers)
      throws WebSocketHandshakeException {
    return open(url, headers, true);
  }

  /// With the token in the query, as KVM Fleet's agent sends it.
  public static AgentSocket open(URI base, String token) throws WebSocketHandshakeException {
    return open(
        URI.create("ws://%s/v1/agent/ws?token=%s".formatted(base.getAuthority(), token)), Map.of());
  }

  /// A connection whose other end is gone without a word: nothing is read, no ping is answered.
  public static AgentSocket deaf(URI url, Map<String, String> headers)
      throws WebSocketHandshakeException {
    return open(url, headers, false);
  }

  private static AgentSocket open(URI url, Map<String, String> headers, boolean reads)
      throws WebSocketHandshakeException {
    Listener listener = new Listener(reads);
    WebSocket.Builder builder = HTTP.newWebSocketBuilder();
    headers.forEach(builder::header);
    try {
      return new AgentSocket(
          builder.buildAsync(url, listener).get(WAIT_SECONDS, TimeUnit.SECONDS), listener);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refusal) {
        throw refusal;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The status with which the server refuses the upgrade, or 101.
  public static int statusOf(URI url, Map<String, String> headers) {
    try (AgentSocket socket = open(url, headers)) {
      return 101;
    } catch (WebSocketHandshakeException e) {
      return e.getResponse().statusCode();
    }
  }

  public AgentSocket send(String frame) {
    socket.sendText(frame, true).join();
    return this;
  }

  public AgentSocket sendBinary(byte[] frame) {
    socket.sendBinary(ByteBuffer.wrap(frame), true).join();
    return this;
  }

  /// The next text frame; fails after 10 s.
  public String next() {
    try {
      return Optional.ofNullable(listener.texts.poll(WAIT_SECONDS, TimeUnit.SECONDS))
          .orElseThrow(() -> new AssertionError("nothing came within 10 s"));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public boolean isOpen() {
    return !listener.closed.isDone();
  }

  /// How the server closed the connection; fails after 10 s.
  public Close awaitClose() {
    try {
      return listener.closed.get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("not closed within 10 s", e);
    }
  }

  /// Lets the connection break without a word.
  public void cut() {
    socket.abort();
  }

  /// Says goodbye, if there is anybody left.
  @Override
  public void close() {
    if (isOpen() && !socket.isOutputClosed()) {
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").exceptionally(gone -> null).join();
    }
  }

  private static final class Listener implements WebSocket.Listener {
    private final boolean reads;
    private final CompletableFuture<Close> closed = new CompletableFuture<>();
    private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    private Listener(boolean reads) {
      this.reads = reads;
    }

    @Override
    public void onOpen(WebSocket webSocket) {
      if (reads) {
        webSocket.request(Long.MAX_VALUE);
      }
    }

    @Override
    public @Nullable CompletionStage<?> onText(
        WebSocket webSocket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        texts.add(text.toString());
        text.setLength(0);
      }
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      closed.complete(new Close(code, reason));
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable problem) {
      closed.complete(new Close(1006, Optional.ofNullable(problem.getMessage()).orElse("")));
    }
  }
}
