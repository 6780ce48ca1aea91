package muster.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import muster.agent.TestPeer;
import muster.agent.TestServer;
import muster.agent.exec.Executions;
import muster.agent.exec.Host;
import muster.agent.exec.Processes;
import muster.agent.exec.Unfinished;
import muster.agent.facts.HostFacts;
import muster.agent.journal.Journal;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.policy.PolicyFile;
import muster.agent.state.Directory;
import muster.agent.state.StatusFile;
import muster.agent.tool.Pace;
import muster.agent.tool.Tools;
import muster.agent.transfer.Carrier;
import muster.wire.Health;
import muster.wire.Hello;
import muster.wire.JsonObject;
import muster.wire.Methods;
import muster.wire.PolicyChanged;
import muster.wire.PolicySummary;
import muster.wire.Rpc;
import muster.wire.RpcError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LinkTest {
  /// As in earnest, but what no test acknowledges is not waited for.
  private static final Timing USUAL =
      new Timing(
          Duration.ofSeconds(45),
          Duration.ofSeconds(15),
          Duration.ofSeconds(1),
          Duration.ofSeconds(2));

  private static final Timing QUICK =
      new Timing(
          Duration.ofMillis(1_500),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(2));

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final Log log =
      new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), InstantSource.system());

  @TempDir private Path directory;
  private PolicyFile policy;
  private TestServer server;
  private Journal journal;
  private Executions executions;
  private Link link;
  private Thread thread;

  @BeforeEach
  void open() throws Exception {
    server = new TestServer();
    Files.createDirectories(directory.resolve("spool"));
    journal = Journal.open(new Directory(directory), InstantSource.system());
    policy = new PolicyFile(directory, log);
    HostFacts facts = new HostFacts(Path.of("/"));
    executions =
        Executions.recover(
            journal,
            new Directory(directory.resolve("spool")),
            new Processes(
                new Host(
                    directory.resolve("spool"),
                    directory,
                    facts.bootId(),
                    facts.read("test"),
                    timer,
                    log)),
            Unfinished.NOTHING,
            policy,
            log);
    start(USUAL);
  }

  @AfterEach
  void close() throws Exception {
    link.stop();
    thread.join(20_000);
    assertThat(thread.isAlive()).isFalse();
    executions.stopAll();
    assertThat(executions.awaitEnds(Duration.ofSeconds(20))).isTrue();
    journal.close();
    timer.shutdownNow();
    server.close();
  }

  @Test
  void connect_showsCredential_saysHello_thenHealth() throws Exception {
    TestPeer peer = server.peer();

    assertThat(peer.headers()).containsEntry("authorization", "Bearer agt_secret");
    Hello hello = Hello.fromJson(peer.welcome(15, "[]"));
    assertThat(hello.capabilities()).isEqualTo(Tools.NAMES);
    assertThat(hello.policy()).contains(PolicySummary.NONE);
    assertThat(hello.executions()).isEmpty();
    assertThat(peer.params(Methods.HEALTH)).isEqualTo(Health.UNKNOWN.toJson());
    assertThat(StatusFile.read(directory.resolve("status")))
        .hasValueSatisfying(
            text -> assertThat(text).startsWith("online since").endsWith("(dev_1)"));
    assertThat(logged.toString(StandardCharsets.UTF_8)).doesNotContain("agt_secret");
  }

  @Test
  void heartbeats_goOn() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(1, "[]");

    for (int i = 0; i < 3; i++) {
      assertThat(peer.params(Methods.HEALTH)).isNotNull();
    }
  }

  @Test
  void execute_answer_output_result_acknowledge() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    peer.params(Methods.HEALTH);
    execute(peer, 7, "e1", "echo hello; exit 2");

    assertThat(peer.frame()).contains("\"id\":7").contains("\"status\":\"running\"");
    assertThat(peer.frame())
        .contains("\"method\":\"tool.output\"")
        .contains("\"seq\":1,\"stream\":\"stdout\",\"data\":\"hello\\n\"");
    String result = peer.frame();
    assertThat(result)
        .contains("\"method\":\"tool.result\"")
        .contains("\"status\":\"completed\",\"exit_code\":2,\"error\":null");
    peer.acknowledge(result);
    await().until(() -> executions.unacknowledged().isEmpty());
  }

  @Test
  void reconnect_namesExecutions_andResumesAfterWhatTheServerHas() throws Exception {
    TestPeer first = server.peer();
    first.welcome(3600, "[]");
    execute(first, 7, "e1", "echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three");
    first.params(Methods.RESULT);
    first.cut();

    TestPeer second = server.peer();
    JsonObject hello = second.welcome(3600, "[{\"execution_id\":\"e1\",\"received_seq\":2}]");
    assertThat(hello.toString())
        .contains("{\"execution_id\":\"e1\",\"attempt\":1,\"state\":\"finished\"}");
    assertThat(second.params(Methods.OUTPUT).toString()).contains("\"seq\":3").contains("three");
    assertThat(second.params(Methods.RESULT).string("execution_id")).isEqualTo("e1");
  }

  @Test
  void reconnect_forget_dropsAndCancels() throws Exception {
    TestPeer first = server.peer();
    first.welcome(3600, "[]");
    execute(first, 7, "e1", "echo x; sleep 600");
    first.params(Methods.OUTPUT);
    first.cut();
    TestPeer second = server.peer();
    assertThat(second.welcome(3600, "[{\"execution_id\":\"e1\",\"forget\":true}]").toString())
        .contains("\"state\":\"running\"");

    await().until(() -> journal.unfinished().isEmpty());
    assertThat(executions.unacknowledged()).isEmpty();
  }

  @Test
  void redelivered_isAnsweredFinished_andToldAgain() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    execute(peer, 7, "e1", "echo x");
    peer.params(Methods.RESULT);
    peer.request(
        8,
        Methods.EXECUTE,
        "{\"execution_id\":\"e1\",\"attempt\":2,\"tool\":\"bash\",\"args\":{}}");

    assertThat(((Rpc.Success) peer.answer(8)).result().string("status")).isEqualTo("finished");
    assertThat(peer.params(Methods.OUTPUT).integer("attempt")).isEqualTo(2);
    assertThat(peer.params(Methods.RESULT).integer("attempt")).isEqualTo(2);
  }

  @Test
  void cancel_isAnswered_andTheEndTold() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    execute(peer, 7, "e1", "sleep 600");
    peer.request(8, Methods.CANCEL, "{\"execution_id\":\"e1\"}");
    peer.request(9, Methods.CANCEL, "{\"execution_id\":\"nobody\"}");

    assertThat(((Rpc.Success) peer.answer(8)).result()).isEqualTo(JsonObject.empty());
    assertThat(((Rpc.Success) peer.answer(9)).result()).isEqualTo(JsonObject.empty());
    assertThat(peer.params(Methods.RESULT).string("status")).isEqualTo("cancelled");
  }

  @Test
  void wrongRequests_getTheirCodes() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    peer.params(Methods.HEALTH);

    peer.send("{");
    assertThat(peer.frame()).contains("\"id\":null").contains("-32700");
    peer.send("{\"jsonrpc\":\"2.0\",\"id\":3}");
    assertThat(peer.frame()).contains("\"id\":3").contains("-32600");
    peer.request(4, "tool.dance", "{}");
    assertThat(code(peer, 4)).isEqualTo(RpcError.METHOD_NOT_FOUND);
    peer.request(5, Methods.EXECUTE, "{\"execution_id\":\"e\",\"tool\":\"bash\"}");
    assertThat(code(peer, 5)).isEqualTo(RpcError.INVALID_PARAMS);
    peer.request(
        6, Methods.EXECUTE, "{\"execution_id\":\"e\",\"attempt\":1,\"tool\":\"fax\",\"args\":{}}");
    assertThat(code(peer, 6)).isEqualTo(RpcError.UNKNOWN_TOOL);
    execute(peer, 7, "e", "a\\u0000b");
    assertThat(code(peer, 7)).isEqualTo(RpcError.INVALID_PARAMS);
    assertThat(journal.find("e")).isEmpty();
  }

  @Test
  void restart_reconnectsWithinTheWindow() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    peer.close(1012, "window=60");

    assertThat(server.peer()).isNotNull();
    awaitLog("the server closed with 1012 window=60; again in 0 s");
  }

  @Test
  void badToken_waitsAboutFiveMinutes() throws Exception {
    server.peer().close(4401, "revoked");

    awaitLog("the server closed with 4401 revoked; again in 300 s");
    assertThat(StatusFile.read(directory.resolve("status")))
        .hasValueSatisfying(text -> assertThat(text).startsWith("waiting since"));
  }

  @Test
  void cutBecauseBlocked_asksSoonWhetherTheBlockIsLifted() throws Exception {
    server.peer().close(4403, "blocked");

    awaitLog("the server closed with 4403 blocked; again in 15 s");
  }

  @Test
  void helloRefused_theCloseCodeCounts() throws Exception {
    TestPeer peer = server.peer();
    Rpc.Request hello = (Rpc.Request) Rpc.parse(peer.frame());
    peer.send(new Rpc.Failure(Optional.of(hello.id()), new RpcError(-32600, "no")).format());
    peer.close(4401, "");

    awaitLog("the server closed with 4401; again in 300 s");
  }

  @Test
  void upgradeRefused_401_waitsAboutFiveMinutes() throws Exception {
    server.peer().welcome(3600, "[]");
    server.refuseNext(TestServer.Answer.json(401, "{}"));
    restartLink();

    awaitLog("the server answers 401; again in 300 s");
  }

  @Test
  void upgradeRefused_403WithATime_isTriedAgainSoon() throws Exception {
    server.peer().welcome(3600, "[]");
    server.refuseNext(new TestServer.Answer(403, "Retry-After: 1\r\n", ""));
    restartLink();

    assertThat(server.peer()).isNotNull();
    awaitLog("the server answers 403: this device is not approved yet; again in 1 s");
  }

  @Test
  void upgradeRefused_403_waitsAboutFiveMinutes() throws Exception {
    server.peer().welcome(3600, "[]");
    server.refuseNext(TestServer.Answer.json(403, "{}"));
    restartLink();

    awaitLog("the server answers 403; again in 300 s");
  }

  @Test
  void upgradeRefused_503_waitsAsLongAsTheServerSays() throws Exception {
    server.peer().welcome(3600, "[]");
    server.refuseNext(new TestServer.Answer(503, "Retry-After: 1\r\n", ""));
    restartLink();
    long began = System.nanoTime();

    assertThat(server.peer()).isNotNull();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(900));
    awaitLog("the server answers 503; again in 1 s");
  }

  @Test
  void helloUnanswered_reconnects() throws Exception {
    server.peer();
    restartLink(QUICK);
    TestPeer silent = server.peer();

    assertThat(silent.frame()).contains(Methods.HELLO);
    assertThat(server.peer()).isNotNull();
    awaitLog("hello was not answered");
  }

  @Test
  void silentServer_isCut_aPingIsEnough() throws Exception {
    server.peer();
    restartLink(QUICK);
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    long began = System.nanoTime();
    for (int pings = 0; pings < 8; pings++) {
      await()
          .pollInterval(Duration.ofMillis(300))
          .pollDelay(Duration.ofMillis(300))
          .until(() -> true);
      peer.ping();
    }
    assertThat(server.peer()).isNotNull();

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(3_500));
    awaitLog("the server was silent");
  }

  @Test
  void stop_tellsTheEndOfWhatRuns_andClosesWith1000() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    execute(peer, 7, "e1", "sleep 600");
    peer.answer(7);
    link.stop();

    String result = peer.frame();
    while (!result.contains(Methods.RESULT)) {
      result = peer.frame();
    }
    assertThat(result).contains("\"status\":\"interrupted\"");
    peer.acknowledge(result);
    assertThat(peer.frame()).isEqualTo("close 1000");
  }

  @Test
  void hugeMessage_isNotRead() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(3600, "[]");
    peer.send("\"" + "x".repeat(Socket.MOST_CHARACTERS) + "\"");

    assertThat(server.peer()).isNotNull();
  }

  @Test
  void policyChanged_isToldWithTheNextHeartbeat() throws Exception {
    TestPeer peer = server.peer();
    peer.welcome(1, "[]");
    peer.params(Methods.HEALTH);
    Path fresh = Files.writeString(directory.resolve("fresh"), "{\"tools\":{\"deny\":[\"bash\"]}}");
    Files.move(fresh, directory.resolve(PolicyFile.NAME));
    PolicyChanged changed = PolicyChanged.fromJson(peer.params(Methods.POLICY));

    assertThat(changed.capabilities()).contains("read_file").doesNotContain("bash");
    assertThat(changed.policy().state()).isEqualTo(PolicySummary.State.IN_FORCE);
    assertThat(changed.policy().rules().object("tools").strings("deny")).containsExactly("bash");
    execute(peer, 9, "e9", "true");
    assertThat(code(peer, 9)).isEqualTo(RpcError.DENIED);
  }

  private static void execute(TestPeer peer, long id, String executionId, String command)
      throws IOException {
    peer.request(
        id,
        Methods.EXECUTE,
        "{\"execution_id\":\""
            + executionId
            + "\",\"attempt\":1,\"tool\":\"bash\",\"args\":{\"command\":\""
            + command
            + "\"},\"timeout_seconds\":60,\"not_after_seconds\":60}");
  }

  private static int code(TestPeer peer, long id) throws InterruptedException {
    return ((Rpc.Failure) peer.answer(id)).error().code();
  }

  private void awaitLog(String text) {
    await().until(() -> logged.toString(StandardCharsets.UTF_8).contains(text));
  }

  private void restartLink() throws InterruptedException {
    restartLink(USUAL);
  }

  private void restartLink(Timing timing) throws InterruptedException {
    link.stop();
    thread.join(20_000);
    start(timing);
  }

  private void start(Timing timing) {
    HostFacts facts = new HostFacts(Path.of("/"));
    Peer peer =
        new Peer(
            Clients.create(Optional.empty(), Duration.ofSeconds(10)),
            server.socketUri(),
            "agt_secret",
            known ->
                new Hello(
                    Hello.PROTOCOL,
                    facts.read("test"),
                    facts.bootId(),
                    Optional.empty(),
                    Tools.allowedBy(policy.get(), Tools.NAMES),
                    Optional.of(policy.get().summary()),
                    known),
            () -> Health.UNKNOWN,
            executions,
            Carrier.NONE,
            Optional.empty(),
            new Pace(),
            Optional.empty(),
            new StatusFile(directory.resolve("status"), InstantSource.system()),
            timing,
            log);
    link = new Link(peer, new AtOnce());
    Link started = link;
    thread =
        new Thread(
            () -> {
              try {
                started.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "link");
    thread.start();
  }

  /// Draws no jitter: waits are as short as they may be.
  private static final class AtOnce extends Random {
    private static final long serialVersionUID = 1;

    @Override
    public double nextDouble() {
      return 0;
    }
  }
}
