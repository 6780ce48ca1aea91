package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.jspecify.annotations.Nullable;

/// A person's end of a session's socket.
final class Sitting implements WebSocket.Listener, AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<String> controls = new CopyOnWriteArrayList<>();
  private final CompletableFuture<String> closed = new CompletableFuture<>();
  private volatile boolean reading = true;
  private @Nullable WebSocket socket;

  /// Begins a session as the administrator and sits down at it, by its ticket.
  static Sitting begin(TestMuster muster, String device, Map<String, ?> body) {
    return at(muster, start(muster, device, body).expect(201).text("url"), Map.of());
  }

  static TestReply start(TestMuster muster, String device, Map<String, ?> body) {
    return muster.admin().post("/api/devices/" + device + "/remote/start", body);
  }

  /// Opens a socket.
  ///
  /// @throws AssertionError naming the status when it is refused
  static Sitting at(TestMuster muster, String path, Map<String, String> headers) {
    Sitting sitting = new Sitting();
    WebSocket.Builder builder = HTTP.newWebSocketBuilder();
    headers.forEach(builder::header);
    try {
      sitting.socket =
          builder.buildAsync(URI.create("ws://127.0.0.1:" + muster.port() + path), sitting).join();
      return sitting;
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        throw new AssertionError("status " + refused.getResponse().statusCode(), e);
      }
      throw e;
    }
  }

  private WebSocket socket() {
    return Objects.requireNonNull(socket);
  }

  /// Takes nothing more from the network until [#readOn].
  Sitting stopReading() {
    reading = false;
    return this;
  }

  void readOn() {
    reading = true;
    socket().request(1);
  }

  Sitting type(String keys) {
    return send(keys.getBytes(StandardCharsets.UTF_8));
  }

  Sitting send(byte[] data) {
    socket().sendBinary(ByteBuffer.wrap(data), true).join();
    return this;
  }

  Sitting say(String control) {
    socket().sendText(control, true).join();
    return this;
  }

  String text() {
    synchronized (bytes) {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }

  int count() {
    synchronized (bytes) {
      return bytes.size();
    }
  }

  Sitting awaitText(String text) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(text()).contains(text));
    return this;
  }

  /// Waits for that many, however slowly they come: only a standstill of 20 s fails.
  Sitting awaitBytes(int wanted) {
    for (int now = count(); now < wanted; now = count()) {
      int last = now;
      await().atMost(WITHIN).until(() -> count() > last || !isOpen());
      assertThat(isOpen() || count() > last).as("open after %d bytes", last).isTrue();
    }
    return this;
  }

  /// The number that is printed after `before`, once it is there.
  long awaitNumber(String before) {
    Pattern wanted = Pattern.compile(Pattern.quote(before) + "([0-9]+)\\s");
    return await()
        .atMost(WITHIN)
        .until(
            () ->
                wanted
                    .matcher(text())
                    .results()
                    .map(found -> Long.parseLong(found.group(1)))
                    .toList(),
            found -> !found.isEmpty())
        .getLast();
  }

  List<String> controls() {
    return controls;
  }

  /// The close code and its reason.
  String awaitClose() {
    try {
      return closed.get(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("not closed", e);
    }
  }

  boolean isOpen() {
    return !closed.isDone();
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    synchronized (bytes) {
      byte[] piece = new byte[data.remaining()];
      data.get(piece);
      bytes.writeBytes(piece);
    }
    if (reading) {
      from.request(1);
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    controls.add(data.toString());
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code + " " + reason);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable problem) {
    closed.complete("broken " + problem);
  }

  /// Leaves without a word.
  @Override
  public void close() {
    socket().abort();
  }
}
