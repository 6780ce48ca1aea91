package muster.testkit;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import muster.wire.Channel;
import muster.wire.ExecutionState;
import muster.wire.Facts;
import muster.wire.Health;
import muster.wire.Hello;
import muster.wire.HelloReply;
import muster.wire.JsonObject;
import muster.wire.KnownExecution;
import muster.wire.LogLines;
import muster.wire.LogsFollow;
import muster.wire.Methods;
import muster.wire.PolicyChanged;
import muster.wire.PolicySummary;
import muster.wire.RemoteStart;
import muster.wire.Rpc;
import muster.wire.RpcError;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStarted;
import muster.wire.ToolStatus;

/// A device that does exactly what a test tells it, over the real wire. Unlike the agent it answers
/// nothing by itself: deliveries wait in [#nextExecute()] until the test deals with them.
public final class FakeDevice implements AutoCloseable {
  private final URI base;
  private final String id;
  private final String token;
  private final String hardwareId;
  private Optional<String> machineId = Optional.empty();
  private String bootId = UUID.randomUUID().toString();
  private Optional<HttpClient> certified = Optional.empty();
  private List<String> capabilities = List.of("bash");
  private Optional<PolicySummary> policy = Optional.empty();
  private Optional<DeviceConnection> connection = Optional.empty();

  /// A delivery as the server sent it, with the id of the request that must be answered.
  public record Delivery(Rpc.Id request, ToolExecute execute) {
    public String executionId() {
      return execute.executionId();
    }
  }

  /// How the server closed the connection.
  public record Close(int code, String reason) {}

  /// Of the latest delivery of each command that the test has taken.
  private final Map<String, Long> attempts = new ConcurrentHashMap<>();

  private FakeDevice(URI base, String id, String token, String hardwareId) {
    this.base = base;
    this.id = id;
    this.token = token;
    this.hardwareId = hardwareId;
  }

  static FakeDevice enroll(TestMuster muster, String name) {
    return enroll(muster, name, "hw-" + UUID.randomUUID());
  }

  /// Enrols with a token that suggests `name`.
  public static FakeDevice enroll(TestMuster muster, String name, String hardwareId) {
    String enrollment =
        muster
            .admin()
            .post("/v1/devices/enrollment", Map.of("suggested_name", name))
            .expect(200)
            .text("token");
    TestReply reply =
        muster
            .anonymous()
            .post(
                "/v1/agent/register",
                Map.of("enrollment_token", enrollment, "hardware_id", hardwareId))
            .expect(200);
    return of(muster, reply, hardwareId);
  }

  /// Pairs by code; the device waits for approval.
  static FakeDevice pair(TestMuster muster, String name) {
    String code = muster.admin().post("/api/devices/pair", Map.of()).expect(200).text("code");
    String hardwareId = "hw-" + UUID.randomUUID();
    TestReply reply =
        muster
            .anonymous()
            .post(
                "/api/devices/pair/claim",
                Map.of("code", code, "name", name, "hardware_id", hardwareId))
            .expect(200);
    return new FakeDevice(muster.url(), reply.text("device_id"), reply.text("token"), hardwareId);
  }

  /// A device of any server, enrolled already.
  public static FakeDevice at(URI base, String id, String token, String hardwareId) {
    return new FakeDevice(base, id, token, hardwareId);
  }

  /// The device of an answer of `POST /v1/agent/register`.
  public static FakeDevice of(TestMuster muster, TestReply registered, String hardwareId) {
    return new FakeDevice(
        muster.url(), registered.text("device_id"), registered.text("auth_token"), hardwareId);
  }

  public String id() {
    return id;
  }

  public String token() {
    return token;
  }

  public String hardwareId() {
    return hardwareId;
  }

  /// The same credential on another machine, or after a reboot: another boot id.
  public FakeDevice cloned() {
    return new FakeDevice(base, id, token, hardwareId);
  }

  /// As after a reboot.
  public FakeDevice rebooted() {
    bootId = UUID.randomUUID().toString();
    return this;
  }

  /// The same credential in the same boot of a host, as in a copied container.
  public FakeDevice sameBoot() {
    FakeDevice copy = cloned();
    copy.bootId = bootId;
    return copy;
  }

  /// Connects with the certificate of that client instead of the token.
  public FakeDevice certifiedBy(HttpClient client) {
    certified = Optional.of(client);
    return this;
  }

  /// Names that machine id in its greetings.
  public FakeDevice onMachine(String id) {
    machineId = Optional.of(id);
    return this;
  }

  /// Names these tools in its greetings.
  public FakeDevice withTools(String... names) {
    capabilities = List.of(names);
    return this;
  }

  /// Tells that policy in its greetings.
  public FakeDevice withPolicy(PolicySummary summary) {
    policy = Optional.of(summary);
    return this;
  }

  /// Tells that its policy has changed.
  public void tellPolicy(PolicySummary summary, String... tools) {
    withPolicy(summary).withTools(tools);
    PolicyChanged changed = new PolicyChanged(summary, capabilities);
    send(new Rpc.Notification(Methods.POLICY, changed.toJson()).format());
  }

  /// Connects, and is turned away for what its greeting says.
  public Close refusedHello() {
    try {
      open();
      send(new Rpc.Request(Rpc.Id.of(1), Methods.HELLO, greeting(List.of()).toJson()).format());
      return awaitClose();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /// Opens the WebSocket and says nothing.
  ///
  /// @throws ExecutionException with the handshake's problem
  public FakeDevice open() throws ExecutionException {
    connection =
        Optional.of(
            certified.isPresent()
                ? DeviceConnection.open(base, certified.get())
                : DeviceConnection.open(base, token));
    return this;
  }

  /// Connects and says hello with the tool `bash`, or those of [#withTools].
  public FakeDevice connect() {
    return connect(List.of());
  }

  /// Connects and names these executions.
  public FakeDevice connect(List<KnownExecution> executions) {
    try {
      open();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    hello(executions);
    return this;
  }

  public static KnownExecution running(String executionId) {
    return new KnownExecution(executionId, 1, ExecutionState.RUNNING);
  }

  public static KnownExecution finished(String executionId) {
    return new KnownExecution(executionId, 1, ExecutionState.FINISHED);
  }

  public HelloReply hello(List<KnownExecution> executions) {
    return HelloReply.fromJson(call(Methods.HELLO, greeting(executions).toJson()));
  }

  private Hello greeting(List<KnownExecution> executions) {
    Facts facts =
        new Facts(
            Optional.of("0.0.1"),
            Optional.of("fake"),
            Optional.of("linux"),
            Optional.of("x86_64"),
            Optional.of("Test OS 1"));
    return new Hello(1, facts, Optional.of(bootId), machineId, capabilities, policy, executions);
  }

  /// Sends a request and waits for its answer.
  public JsonObject call(String method, JsonObject params) {
    return connected().call(method, params);
  }

  private DeviceConnection connected() {
    return connection.orElseThrow();
  }

  public void send(String frame) {
    connected().send(frame);
  }

  /// Waits until what was sent has left, however slowly the server takes it.
  public void awaitSent() {
    connected().awaitSent();
  }

  public void health(Health health) {
    send(new Rpc.Notification(Methods.HEALTH, health.toJson()).format());
  }

  /// A heartbeat with two measures.
  public void health(double cpuPercent, double memoryPercent) {
    health(
        Health.fromJson(
            JsonObject.builder()
                .put("cpu_percent", cpuPercent)
                .put("memory_percent", memoryPercent)
                .put("uptime_seconds", 864_000)
                .build()));
  }

  /// The next delivery; fails after 10 s.
  public Delivery nextExecute() {
    return taken(connected().nextExecute());
  }

  private Delivery taken(Delivery delivery) {
    attempts.put(delivery.executionId(), delivery.execute().attempt());
    return delivery;
  }

  /// The delivery that comes within `wait`, if any.
  public Optional<Delivery> pollExecute(Duration wait) {
    return connected().pollExecute(wait).map(this::taken);
  }

  /// The id of the execution the server wants cancelled next; fails after 10 s.
  public String nextCancel() {
    return connected().nextCancel();
  }

  /// What the server wants of a transfer, with the id of the request that must be answered.
  public record TransferOrder(Rpc.Id request, String method, JsonObject params) {
    public String id() {
      return params.string("transfer_id");
    }
  }

  /// The next order about a transfer; fails after 10 s. Accepts it.
  public TransferOrder nextTransfer() {
    TransferOrder order = connected().nextTransfer();
    send(new Rpc.Success(order.request(), JsonObject.empty()).format());
    return order;
  }

  /// Refuses the next order about a transfer, and says which it was.
  public TransferOrder refuseTransfer(int code, String message) {
    TransferOrder order = connected().nextTransfer();
    send(new Rpc.Failure(Optional.of(order.request()), new RpcError(code, message)).format());
    return order;
  }

  /// Its own requests about contents.
  public TestClient http() {
    return new TestClient(base, Optional.of(token));
  }

  /// What remote session the server wants next; it was accepted. Fails after 10 s.
  public RemoteStart nextRemote() {
    return connected().nextRemote();
  }

  /// The log the server wants, with the id of the request that must be answered.
  public record LogOrder(Rpc.Id request, LogsFollow follow) {
    public String id() {
      return follow.followId();
    }
  }

  /// The next order for a log; fails after 10 s. Not answered yet.
  public LogOrder nextLog() {
    return connected().nextLog();
  }

  /// The order for a log that comes within `wait`, if any.
  public Optional<LogOrder> pollLog(Duration wait) {
    return connected().pollLog(wait);
  }

  public void accept(LogOrder order) {
    send(new Rpc.Success(order.request(), JsonObject.empty()).format());
  }

  public void refuse(LogOrder order, int code, String message) {
    send(new Rpc.Failure(Optional.of(order.request()), new RpcError(code, message)).format());
  }

  /// Lines of a log, with the cursors `c1`, `c2`, … from `first` on; these complete its history.
  public void logLines(String followId, int first, List<String> texts) {
    List<LogLines.Line> lines = new ArrayList<>();
    for (String text : texts) {
      lines.add(new LogLines.Line("c" + (first + lines.size()), text, 0));
    }
    LogLines message = new LogLines(followId, lines, false, true);
    send(new Rpc.Notification(Methods.LOGS_LINES, message.toJson()).format());
  }

  /// The id of the log that the server wants no more; fails after 10 s.
  public String nextLogStop() {
    return connected().nextLogStop();
  }

  /// How often the server wants heartbeats from now on, seconds; fails after 10 s.
  public int nextPace() {
    return connected().nextPace();
  }

  public void started(Delivery delivery) {
    ToolStarted started = new ToolStarted(ExecutionState.RUNNING);
    send(new Rpc.Success(delivery.request(), started.toJson()).format());
  }

  public void refuse(Delivery delivery, int code, String message) {
    RpcError error = new RpcError(code, message);
    send(new Rpc.Failure(Optional.of(delivery.request()), error).format());
  }

  /// Under the attempt of the latest delivery.
  public void output(String executionId, long seq, String text) {
    ToolOutput output =
        ToolOutput.text(executionId, attempt(executionId), seq, Channel.STDOUT, text);
    send(new Rpc.Notification(Methods.OUTPUT, output.toJson()).format());
  }

  /// Reports the end and waits until the server has acknowledged it.
  public void result(String executionId, ToolStatus status, int exitCode) {
    ToolResult result =
        new ToolResult(
            executionId,
            attempt(executionId),
            status,
            OptionalInt.of(exitCode),
            Optional.empty(),
            12,
            false);
    call(Methods.RESULT, result.toJson());
  }

  private long attempt(String executionId) {
    return attempts.getOrDefault(executionId, 1L);
  }

  /// Runs the next delivery to its end: started, one line of output, exit code 0.
  public Delivery complete(String text) {
    return complete(nextExecute(), text);
  }

  /// Runs it to its end.
  public Delivery complete(Delivery delivery, String text) {
    started(delivery);
    output(delivery.executionId(), 1, text);
    result(delivery.executionId(), ToolStatus.COMPLETED, 0);
    return delivery;
  }

  /// How the server closed the connection; fails after 10 s.
  public Close awaitClose() {
    return connected().awaitClose();
  }

  public boolean isOpen() {
    return connection.map(DeviceConnection::isOpen).orElse(false);
  }

  /// Says goodbye.
  @Override
  public void close() {
    connection.ifPresent(DeviceConnection::sayGoodbye);
    connection = Optional.empty();
  }

  /// Lets the connection break without a word.
  public void cut() {
    connection.ifPresent(DeviceConnection::cut);
    connection = Optional.empty();
  }
}
