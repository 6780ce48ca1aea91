package muster.agent.remote;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.agent.log.Log;
import muster.wire.JsonException;
import muster.wire.RemoteControl;
import org.jspecify.annotations.Nullable;

/// One WebSocket of a channel, with a blocking receive and a blocking send. One frame is read ahead
/// at most. One thread receives, one sends; [#look] and [#abort] by any.
final class Tunnel implements WebSocket.Listener {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(20);
  private static final int MOST_CONTROL = 4096;
  private static final int NORMAL = 1000;

  /// What comes in.
  sealed interface Frame {}

  record Bytes(byte[] bytes) implements Frame {}

  record Control(RemoteControl control) implements Frame {}

  /// Nothing more comes.
  record Gone(String why) implements Frame {}

  private final LinkedBlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
  private final StringBuilder text = new StringBuilder();
  private volatile long heardNanos = System.nanoTime();

  /// Whether a frame was asked for that has not come: only then its lack says anything.
  private volatile boolean waiting = true;

  /// Goodbye was said: from here on nothing can be sent, which is no sign of anything.
  private volatile boolean leaving;

  private @Nullable WebSocket socket;

  static Tunnel connect(HttpClient http, URI uri, String token)
      throws IOException, InterruptedException {
    Tunnel tunnel = new Tunnel();
    var attempt =
        http.newWebSocketBuilder()
            .header("Authorization", "Bearer " + token)
            .connectTimeout(CONNECT_WITHIN)
            .buildAsync(uri, tunnel);
    try {
      tunnel.socket = attempt.get(CONNECT_WITHIN.toSeconds() + 1, TimeUnit.SECONDS);
      return tunnel;
    } catch (ExecutionException e) {
      throw new IOException(Log.reason(e.getCause() == null ? e : e.getCause()), e);
    } catch (TimeoutException e) {
      attempt.cancel(true);
      throw new IOException("no answer in time", e);
    }
  }

  /// Waits for the next frame; after [Gone] there is none.
  Frame receive() throws InterruptedException {
    Frame frame = frames.poll();
    if (frame == null) {
      ask();
      frame = frames.take();
    }
    return frame;
  }

  private void ask() {
    if (!waiting) {
      waiting = true;
      heardNanos = System.nanoTime();
      open().request(1);
    }
  }

  /// Waits until the network has taken it.
  void send(byte[] bytes, int length) throws IOException, InterruptedException {
    await(open().sendBinary(ByteBuffer.wrap(bytes, 0, length), true));
  }

  void send(RemoteControl control) throws IOException, InterruptedException {
    await(open().sendText(control.toJson().toString(), true));
  }

  /// Says goodbye, after [#send].
  void close() throws IOException, InterruptedException {
    leaving = true;
    await(open().sendClose(NORMAL, ""));
  }

  /// Shows the server that somebody is here, and looks whether the server is. While no frame is
  /// asked for, not even the end of the connection comes in: then only a ping that fails tells it.
  ///
  /// @param silence without a frame or ping, after which the server is gone
  /// @param gone runs when it is
  void look(Duration silence, Runnable gone) {
    if (waiting && System.nanoTime() - heardNanos > silence.toNanos()) {
      end("the server was silent for " + silence.toSeconds() + " s");
      gone.run();
    } else if (!leaving) {
      open()
          .sendPing(ByteBuffer.allocate(0))
          .whenComplete((sent, problem) -> {
            // Not one that waits behind what the network has not taken yet.
            if (problem != null && isBroken(problem)) {
              gone.run();
            }
          });
    }
  }

  private static boolean isBroken(Throwable problem) {
    return problem instanceof IOException || problem.getCause() instanceof IOException;
  }

  void abort() {
    open().abort();
    end("aborted");
  }

  private void end(String why) {
    frames.add(new Gone(why));
  }

  private WebSocket open() {
    WebSocket present = socket;
    if (present == null) {
      throw new IllegalStateException("not connected");
    }
    return present;
  }

  private static void await(CompletionStage<?> sent) throws IOException, InterruptedException {
    try {
      sent.toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new IOException(Log.reason(e.getCause() == null ? e : e.getCause()), e);
    }
  }

  private void heard() {
    heardNanos = System.nanoTime();
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    heard();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    waiting = false;
    frames.add(new Bytes(bytes));
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    heard();
    text.append(data);
    if (text.length() > MOST_CONTROL) {
      end("the server sent too long a text");
      from.abort();
      return null;
    }
    if (!last) {
      from.request(1);
      return null;
    }
    try {
      RemoteControl control = RemoteControl.parse(text.toString());
      waiting = false;
      frames.add(new Control(control));
    } catch (JsonException e) {
      end("the server does not keep to the protocol: " + e.getMessage());
      from.abort();
    }
    text.setLength(0);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer data) {
    heard();
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer data) {
    heard();
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    end("closed with " + code + (reason.isEmpty() ? "" : " " + reason));
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    end("the connection broke: " + Log.reason(error));
  }
}
