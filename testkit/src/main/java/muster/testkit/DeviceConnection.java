package muster.testkit;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import muster.wire.DevicePace;
import muster.wire.JsonObject;
import muster.wire.LogsFollow;
import muster.wire.LogsStop;
import muster.wire.Methods;
import muster.wire.RemoteStart;
import muster.wire.Rpc;
import muster.wire.ToolExecute;
import org.jspecify.annotations.Nullable;

/// One WebSocket of a [FakeDevice]: what the server has sent and the test has not taken yet.
final class DeviceConnection implements WebSocket.Listener {
  private static final long WAIT_SECONDS = 60;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final AtomicLong nextId = new AtomicLong(1);
  private final Map<Rpc.Id, CompletableFuture<Rpc>> answers = new ConcurrentHashMap<>();
  private final BlockingQueue<FakeDevice.Delivery> deliveries = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> cancels = new LinkedBlockingQueue<>();
  private final BlockingQueue<FakeDevice.TransferOrder> transfers = new LinkedBlockingQueue<>();
  private final BlockingQueue<RemoteStart> remotes = new LinkedBlockingQueue<>();
  private final BlockingQueue<FakeDevice.LogOrder> logs = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> logStops = new LinkedBlockingQueue<>();
  private final BlockingQueue<Integer> paces = new LinkedBlockingQueue<>();
  private final CompletableFuture<FakeDevice.Close> closed = new CompletableFuture<>();
  private final StringBuilder text = new StringBuilder();
  private @Nullable WebSocket socket;
  private CompletableFuture<?> lastSend = CompletableFuture.completedFuture(null);

  /// @throws ExecutionException with the handshake's problem
  static DeviceConnection open(URI base, String token) throws ExecutionException {
    return open(
        HTTP.newWebSocketBuilder().header("Authorization", "Bearer " + token),
        URI.create("ws://" + base.getAuthority() + "/device/ws"));
  }

  /// Over TLS, with the certificate of that client and no token.
  ///
  /// @throws ExecutionException with the handshake's problem
  static DeviceConnection open(URI base, HttpClient client) throws ExecutionException {
    return open(
        client.newWebSocketBuilder(), URI.create("wss://" + base.getAuthority() + "/device/ws"));
  }

  private static DeviceConnection open(WebSocket.Builder builder, URI uri)
      throws ExecutionException {
    DeviceConnection fresh = new DeviceConnection();
    try {
      fresh.socket = builder.buildAsync(uri, fresh).get(WAIT_SECONDS, TimeUnit.SECONDS);
      return fresh;
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private WebSocket socket() {
    return Objects.requireNonNull(socket);
  }

  /// Sends a request and waits for its answer.
  JsonObject call(String method, JsonObject params) {
    Rpc.Id request = Rpc.Id.of(nextId.getAndIncrement());
    CompletableFuture<Rpc> answer = new CompletableFuture<>();
    answers.put(request, answer);
    send(new Rpc.Request(request, method, params));
    try {
      Rpc rpc = answer.get(WAIT_SECONDS, TimeUnit.SECONDS);
      if (rpc instanceof Rpc.Success success) {
        return success.result();
      }
      throw new IllegalStateException(method + ": " + rpc);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(method + ": no answer", e);
    }
  }

  void send(Rpc rpc) {
    send(rpc.format());
  }

  synchronized void send(String frame) {
    lastSend = lastSend.thenCompose(done -> socket().sendText(frame, true));
  }

  private synchronized CompletableFuture<?> lastSend() {
    return lastSend;
  }

  void awaitSent() {
    lastSend().join();
  }

  FakeDevice.Delivery nextExecute() {
    return take(deliveries, "delivery");
  }

  Optional<FakeDevice.Delivery> pollExecute(Duration wait) {
    try {
      return Optional.ofNullable(deliveries.poll(wait.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  String nextCancel() {
    return take(cancels, "cancel");
  }

  FakeDevice.TransferOrder nextTransfer() {
    return take(transfers, "order about a transfer");
  }

  RemoteStart nextRemote() {
    return take(remotes, "remote session");
  }

  FakeDevice.LogOrder nextLog() {
    return take(logs, "order for a log");
  }

  Optional<FakeDevice.LogOrder> pollLog(Duration wait) {
    try {
      return Optional.ofNullable(logs.poll(wait.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      return Optional.empty();
    }
  }

  String nextLogStop() {
    return take(logStops, "end of a log");
  }

  int nextPace() {
    return take(paces, "pace");
  }

  private static <T> T take(BlockingQueue<T> queue, String what) {
    try {
      T next = queue.poll(WAIT_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("no " + what + " within 10 s");
      }
      return next;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  FakeDevice.Close awaitClose() {
    try {
      return closed.get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("not closed within 10 s", e);
    }
  }

  boolean isOpen() {
    return !closed.isDone();
  }

  void sayGoodbye() {
    if (isOpen()) {
      socket().sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }
  }

  void cut() {
    socket().abort();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      String frame = text.toString();
      text.setLength(0);
      receive(Rpc.parse(frame));
    }
    webSocket.request(1);
    return null;
  }

  private void receive(Rpc rpc) {
    switch (rpc) {
      case Rpc.Request request when request.method().equals(Methods.EXECUTE) ->
          deliveries.add(
              new FakeDevice.Delivery(request.id(), ToolExecute.fromJson(request.params())));
      case Rpc.Request request when request.method().startsWith("transfer.") ->
          transfers.add(
              new FakeDevice.TransferOrder(request.id(), request.method(), request.params()));
      case Rpc.Request request when request.method().equals(Methods.REMOTE_START) -> {
        remotes.add(RemoteStart.fromJson(request.params()));
        send(new Rpc.Success(request.id(), JsonObject.empty()));
      }
      case Rpc.Request request when request.method().equals(Methods.LOGS_FOLLOW) ->
          logs.add(new FakeDevice.LogOrder(request.id(), LogsFollow.fromJson(request.params())));
      case Rpc.Request request when request.method().equals(Methods.LOGS_STOP) -> {
        logStops.add(LogsStop.fromJson(request.params()).followId());
        send(new Rpc.Success(request.id(), JsonObject.empty()));
      }
      case Rpc.Request request -> {
        cancels.add(request.params().string("execution_id"));
        send(new Rpc.Success(request.id(), JsonObject.empty()));
      }
      case Rpc.Success success -> answer(success.id(), success);
      case Rpc.Failure failure -> failure.id().ifPresent(id -> answer(id, failure));
      case Rpc.Notification notification when notification.method().equals(Methods.PACE) ->
          paces.add(DevicePace.fromJson(notification.params()).heartbeatSeconds());
      case Rpc.Notification notification -> {}
    }
  }

  private void answer(Rpc.Id id, Rpc rpc) {
    CompletableFuture<Rpc> waiting = answers.remove(id);
    if (waiting != null) {
      waiting.complete(rpc);
    }
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
    closed.complete(new FakeDevice.Close(code, reason));
    return null;
  }

  @Override
  public void onError(WebSocket webSocket, Throwable problem) {
    closed.complete(new FakeDevice.Close(1006, String.valueOf(problem.getMessage())));
  }
}
