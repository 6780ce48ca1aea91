package muster.agent.link;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.agent.log.Log;
import muster.agent.net.RetryAfter;
import muster.wire.CloseCode;
import org.jspecify.annotations.Nullable;

/// One WebSocket, seen as a queue of events and a blocking send. The client's threads only fill the
/// queue; one text frame is read ahead at most, so a server that talks too fast is slowed down by
/// TCP. One thread takes events, another one sends.
final class Socket implements WebSocket.Listener {
  /// The largest message that is read, in characters.
  static final int MOST_CHARACTERS = 1024 * 1024;

  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(20);
  private static final Duration DEFAULT_LATER = Duration.ofSeconds(5);

  sealed interface Event {}

  /// A whole text message.
  record Text(String text, long receivedNanos) implements Event {}

  /// The connection is no more.
  record Gone(Ended how) implements Event {}

  /// Somebody wants the session to look around.
  record Nudge() implements Event {}

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final StringBuilder message = new StringBuilder();
  private volatile long heardNanos = System.nanoTime();
  private @Nullable WebSocket webSocket;

  /// Connects, within 20 s.
  ///
  /// @throws ConnectException when it did not work; it says how to go on
  void connect(HttpClient http, URI uri, String authToken)
      throws ConnectException, InterruptedException {
    var attempt =
        http.newWebSocketBuilder()
            .header("Authorization", "Bearer " + authToken)
            .connectTimeout(CONNECT_WITHIN)
            .buildAsync(uri, this);
    try {
      webSocket = attempt.get(CONNECT_WITHIN.toSeconds() + 1, TimeUnit.SECONDS);
      heardNanos = System.nanoTime();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new ConnectException(
          cause instanceof WebSocketHandshakeException handshake
              ? answered(handshake.getResponse())
              : Ended.broken("cannot connect: " + Log.reason(cause)));
    } catch (TimeoutException e) {
      attempt.cancel(true);
      throw new ConnectException(Ended.broken("cannot connect: no answer in time"));
    }
  }

  /// The upgrade did not happen.
  static final class ConnectException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Ended how;

    ConnectException(Ended how) {
      super(how.detail());
      this.how = how;
    }

    Ended how() {
      return how;
    }
  }

  private static Ended answered(HttpResponse<?> response) {
    int status = response.statusCode();
    String detail = "the server answers " + status;
    Optional<Duration> retryAfter = RetryAfter.of(response.headers());
    if (status == 403 && retryAfter.isPresent()) {
      return Ended.undecided(retryAfter.get(), detail + ": this device is not approved yet");
    }
    if (status == 401 || status == 403) {
      return Ended.refused(detail);
    }
    if (status == 429 || status == 503) {
      return Ended.later(retryAfter.orElse(DEFAULT_LATER), detail);
    }
    return Ended.broken(detail);
  }

  /// The next event; null when there is none in time.
  @Nullable Event next(long waitNanos) throws InterruptedException {
    return events.poll(waitNanos, TimeUnit.NANOSECONDS);
  }

  /// To be called when a [Text] is dealt with: lets the next one in.
  void handled() {
    open().request(1);
  }

  /// Makes [#next] return at once.
  void nudge() {
    events.add(new Nudge());
  }

  /// When anything came from the server last, pings included, on the monotonic clock.
  long heardNanos() {
    return heardNanos;
  }

  /// Sends one text frame and waits until it is on its way. One thread at a time.
  void send(String text, Duration within) throws IOException, InterruptedException {
    await(open().sendText(text, true), within);
  }

  /// Says goodbye. No [#send] may be under way.
  void close(int code, Duration within) throws IOException, InterruptedException {
    await(open().sendClose(code, ""), within);
  }

  /// Cuts the connection; harmless when it is gone.
  void abort() {
    WebSocket current = webSocket;
    if (current != null) {
      current.abort();
    }
  }

  /// Tells the session that the connection is of no use any more.
  void fail(String detail) {
    events.add(new Gone(Ended.broken(detail)));
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    heardNanos = System.nanoTime();
    if (message.length() + data.length() > MOST_CHARACTERS) {
      fail("the server sent more than " + MOST_CHARACTERS + " characters at once");
      return null;
    }
    message.append(data);
    if (last) {
      events.add(new Text(message.toString(), heardNanos));
      message.setLength(0);
    } else {
      socket.request(1);
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
    fail("the server sent a binary frame");
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer data) {
    // The client answers it by itself.
    heardNanos = System.nanoTime();
    socket.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
    heardNanos = System.nanoTime();
    socket.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    events.add(new Gone(closed(code, reason)));
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    fail("the connection broke: " + Log.reason(error));
  }

  static Ended closed(int code, String reason) {
    String detail = "the server closed with " + code + (reason.isEmpty() ? "" : " " + reason);
    switch (code) {
      case CloseCode.BAD_TOKEN:
        return Ended.refused(detail);
      case CloseCode.REFUSED:
        return Ended.undecided(CloseCode.REFUSED_WAIT, detail);
      case CloseCode.RESTART:
        return CloseCode.window(reason)
            .map(window -> Ended.restart(window, detail))
            .orElseGet(() -> Ended.broken(detail));
      default:
        return Ended.broken(detail);
    }
  }

  private static void await(CompletionStage<?> sent, Duration within)
      throws IOException, InterruptedException {
    try {
      sent.toCompletableFuture().get(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new IOException(Log.reason(e.getCause() == null ? e : e.getCause()), e);
    } catch (TimeoutException e) {
      throw new IOException("nothing could be sent for " + within.toSeconds() + " s", e);
    }
  }

  private WebSocket open() {
    WebSocket current = webSocket;
    if (current == null) {
      throw new IllegalStateException("not connected");
    }
    return current;
  }
}
