package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static muster.cli.FakeServer.cutAfter;
import static muster.cli.FakeServer.events;
import static muster.cli.FakeServer.json;
import static muster.cli.FakeServer.output;
import static muster.cli.FakeServer.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
final class ExecCommandTest {
  private static final String COMMANDS = "/v1/devices/dev_1/commands";
  private static final String OUTPUT = "/v1/commands/exec_1/output";
  private static final String CANCEL = "/v1/commands/exec_1/cancel";
  private static final String RUNNING = status("{\"status\":\"running\"}");
  private static final String COMPLETED = status("{\"status\":\"completed\",\"exit_code\":0}");

  @AutoClose
  private final FakeServer server =
      Samples.withDevice(Samples.DEVICE).on("POST " + COMMANDS, json(201, Samples.COMMAND));

  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  private Cli uname() {
    return run("exec", "web-1", "--", "uname");
  }

  @Test
  void exec_tool_isGivenItsArguments() {
    server.on("GET " + OUTPUT, events(output(1, "stdout", "{\"ok\":true}\n"), COMPLETED));

    Cli run = run("exec", "web-1", "--tool", "file_stat", "--args", "{\"path\":\"/etc\"}");

    assertThat(run).isEqualTo(new Cli(0, "{\"ok\":true}\n", ""));
    assertThat(server.only("POST", COMMANDS).body())
        .isEqualTo(
            "{\"tool\":\"file_stat\",\"args\":{\"path\":\"/etc\"},"
                + "\"timeout_seconds\":300,\"ttl_seconds\":86400}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exec web-1 | no command",
        "exec web-1 --tool x -- uname | --tool: not with a command",
        "exec web-1 --tool x --cwd / | --tool: not with a command",
        "exec web-1 --tool x --args [1] | --args: [1] (expected: a JSON object",
        "exec web-1 --tool x --args {a | --args: {a (expected: a JSON object",
        "exec web-1 --args {} -- uname | --args: only with --tool"
      })
  void exec_toolAndCommandMixed_areRefused(String words, String why) {
    Cli run = run(words.split(" "));

    assertThat(run.exit()).isEqualTo(Exit.USAGE);
    assertThat(run.err()).contains(why);
  }

  @Test
  void exec_completed_passesOnOutputAndExitCode() {
    server.on(
        "GET " + OUTPUT,
        events(
            RUNNING,
            output(1, "stdout", "Linux\n"),
            ": still here\n\n",
            output(2, "stderr", "oops\n"),
            output(3, "stdout", "done\n"),
            status("{\"status\":\"completed\",\"exit_code\":3}")));

    Cli run = run("exec", "web-1", "--", "sh", "-c", "uname; exit 3");

    assertThat(run).isEqualTo(new Cli(3, "Linux\ndone\n", "oops\n"));
    assertThat(server.only("POST", COMMANDS).body())
        .isEqualTo(
            "{\"tool\":\"bash\",\"args\":{\"argv\":[\"sh\",\"-c\",\"uname; exit 3\"]},"
                + "\"timeout_seconds\":300,\"ttl_seconds\":86400}");
    assertThat(server.only("POST", COMMANDS).header("Idempotency-key")).isNotBlank();
  }

  @Test
  void exec_rawBytes_arePassedOnAsTheyAre() {
    byte[] bytes = {(byte) 0xff, 0x1b, '[', '3', '1', 'm', 0, '\n'};
    JsonNode chunk =
        Json.object()
            .put("seq", 1)
            .put("stream", "stdout")
            .put("data_b64", Base64.getEncoder().encodeToString(bytes));
    server.on("GET " + OUTPUT, events(FakeServer.chunk(1, chunk), COMPLETED));

    uname();

    assertThat(terminal.outBytes()).isEqualTo(bytes);
  }

  @Test
  void exec_options_areInTheRequest() {
    server.on("GET " + OUTPUT, events(COMPLETED));
    terminal.type("line ü\n");

    run(
        "exec",
        "web-1",
        "--timeout",
        "5m",
        "--ttl",
        "7d",
        "--cwd",
        "/srv",
        "--env",
        "A=b=c",
        "-e",
        "EMPTY=",
        "--stdin",
        "--",
        "cat",
        "--",
        "--json",
        "@file",
        "two words");

    assertThat(server.only("POST", COMMANDS).body())
        .isEqualTo(
            "{\"tool\":\"bash\",\"args\":{\"argv\":[\"cat\",\"--\",\"--json\",\"@file\","
                + "\"two words\"],\"cwd\":\"/srv\",\"env\":{\"A\":\"b=c\",\"EMPTY\":\"\"},"
                + "\"stdin\":\"line ü\\n\"},\"timeout_seconds\":300,\"ttl_seconds\":604800}");
  }

  @Test
  void exec_bulkAndIdempotent_areSaidWhenAskedFor() {
    server.on("GET " + OUTPUT, events(COMPLETED));

    run("exec", "web-1", "--bulk", "--idempotent", "--", "true");

    assertThat(server.only("POST", COMMANDS).body())
        .contains("\"lane\":\"bulk\"", "\"idempotent\":true");
  }

  @Test
  void exec_withoutStdinOption_readsNothing() {
    server.on("GET " + OUTPUT, events(COMPLETED));
    terminal.type("secret");

    uname();

    assertThat(server.only("POST", COMMANDS).body()).doesNotContain("stdin", "secret");
  }

  @Test
  void exec_stdinThatIsNotText_isUsage() {
    terminal.type(new byte[] {(byte) 0xc3, 0x28});

    assertThat(run("exec", "web-1", "--stdin", "--", "cat").exit()).isEqualTo(Exit.USAGE);
    assertThat(terminal.errText()).contains("not UTF-8");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void exec_stdinTooLong_isUsage() {
    terminal.type(new byte[48 * 1024 + 1]);

    assertThat(run("exec", "web-1", "--stdin", "--", "cat").err()).contains("more than 48 KiB");
  }

  @ParameterizedTest
  @CsvSource({
    "completed, 124, 124",
    "timed_out, null, 124",
    "failed, null, 125",
    "lost, null, 125",
    "expired, null, 125",
    "cancelled, null, 130",
    "completed, null, 125",
  })
  void exec_end_isInTheExitCode(String status, String code, int exit) {
    server.on(
        "GET " + OUTPUT,
        events(status("{\"status\":\"" + status + "\",\"exit_code\":" + code + "}")));

    Cli run = uname();

    assertThat(run.exit()).isEqualTo(exit);
    assertThat(run.err().isEmpty()).isEqualTo(status.equals("completed"));
  }

  @Test
  void exec_couldNotRun_saysWhyWithoutItsEscapes() {
    server.on(
        "GET " + OUTPUT,
        events(status("{\"status\":\"failed\",\"error\":\"no such file: a\\u001b[2Jb\"}")));

    assertThat(uname().err())
        .isEqualTo("muster: exec_1 could not run: no such file: a\\u001b[2Jb\n");
  }

  @Test
  void exec_gap_isTold() {
    server.on(
        "GET " + OUTPUT,
        events(
            output(1, "stdout", "a"),
            FakeServer.chunk(2, Json.object().put("seq", 2).put("gap_bytes", 5000)),
            output(3, "stdout", "b"),
            COMPLETED));

    assertThat(uname()).isEqualTo(new Cli(0, "ab", "muster: 5000 bytes of output were cut here\n"));
  }

  @Test
  void exec_cutConnection_resumesAfterTheLastChunk() {
    server.on(
        "GET " + OUTPUT,
        cutAfter(RUNNING, output(1, "stdout", "one "), output(2, "stdout", "two ")),
        FakeServer.error(503, "restarting"),
        events(output(2, "stdout", "two "), "id: 3\nevent: output\ndata: {\"seq\":3,"),
        events(output(3, "stdout", "three"), COMPLETED));

    Cli run = uname();

    assertThat(run).isEqualTo(new Cli(0, "one two three", ""));
    assertThat(server.all("GET", OUTPUT))
        .extracting(request -> request.header("Last-event-id"))
        .containsExactly(null, "2", "2", "2");
    assertThat(terminal.sleeps).hasSize(3).allMatch(pause -> pause.toMillis() <= 1000);
  }

  @Test
  void exec_serverGoneForLongerThanTheTimeout_isUnreachable() {
    server.on("GET " + OUTPUT, cutAfter(RUNNING), FakeServer.error(503, "restarting"));
    Instant start = terminal.now;

    Cli run = run("exec", "web-1", "--timeout", "60", "--", "uname");

    assertThat(run.exit()).isEqualTo(Exit.UNREACHABLE);
    assertThat(run.err()).contains("restarting");
    assertThat(Duration.between(start, terminal.now))
        .isBetween(Duration.ofSeconds(60), Duration.ofSeconds(75));
  }

  @Test
  void exec_notAllowedMeanwhile_endsAtOnce() {
    server.on("GET " + OUTPUT, cutAfter(RUNNING), FakeServer.error(403, "not yours"));

    assertThat(uname().exit()).isEqualTo(Exit.DENIED);
  }

  @Test
  void exec_offlineDevice_saysThatItWaits() throws Exception {
    try (FakeServer offline =
        Samples.withDevice(Samples.OFFLINE)
            .on("POST " + COMMANDS, json(201, Samples.COMMAND))
            .on("GET " + OUTPUT, events(output(1, "stdout", "hi"), COMPLETED))) {
      Cli run = Cli.run(offline, terminal, "exec", "web-1", "--", "uname");

      assertThat(run.exit()).isZero();
      assertThat(run.err())
          .startsWith(
              "muster: queued: web-1 is offline; waiting until 2026-04-16T14:32:00Z (Ctrl-C");
    }
  }

  @Test
  void exec_noWait_printsTheId() {
    assertThat(run("exec", "web-1", "--no-wait", "--", "reboot"))
        .isEqualTo(new Cli(0, "exec_1\n", ""));
    assertThat(server.all("GET", OUTPUT)).isEmpty();
  }

  @Test
  void exec_noWaitJson_isTheCommand() throws Exception {
    String out = run("exec", "web-1", "--no-wait", "--json", "--", "reboot").out();

    assertThat(Json.read(out)).isEqualTo(Json.read(Samples.COMMAND));
  }

  @Test
  void exec_json_isOneEventALine() {
    server.on("GET " + OUTPUT, events(RUNNING, output(1, "stdout", "hi\n"), COMPLETED));

    assertThat(run("exec", "web-1", "--json", "--", "uname").out())
        .isEqualTo(
            """
            {"status":"running"}
            {"seq":1,"stream":"stdout","data":"hi\\n"}
            {"status":"completed","exit_code":0}
            """);
  }

  @Test
  void exec_answerLost_isAskedAgainWithTheSameKey() {
    try (FakeServer lossy =
        Samples.withDevice(Samples.DEVICE)
            .on(
                "POST " + COMMANDS,
                exchange -> {
                  throw new IOException("lost");
                },
                json(201, Samples.COMMAND))
            .on("GET " + OUTPUT, events(COMPLETED))) {
      assertThat(Cli.run(lossy, terminal, "exec", "web-1", "--", "uname").exit()).isZero();
      assertThat(lossy.all("POST", COMMANDS))
          .extracting(request -> request.header("Idempotency-key"))
          .hasSize(2)
          .doesNotContainNull()
          .containsOnly(lossy.all("POST", COMMANDS).getFirst().header("Idempotency-key"));
    }
  }

  @Test
  void exec_ctrlC_cancelsAndWaitsForTheEnd() {
    CountDownLatch cancelled = new CountDownLatch(1);
    server
        .on(
            "GET " + OUTPUT,
            exchange -> {
              FakeServer.write(exchange, RUNNING, output(1, "stdout", "begun\n"));
              Thread pressed = terminal.ctrlCSoon();
              cancelled.await();
              FakeServer.write(
                  exchange,
                  output(2, "stdout", "cleaned up\n"),
                  status("{\"status\":\"cancelled\"}"));
              exchange.getResponseBody().close();
              pressed.join();
            })
        .on(
            "POST " + CANCEL,
            exchange -> {
              json(200, Samples.COMMAND).to(exchange);
              cancelled.countDown();
            });

    Cli run = uname();

    assertThat(run.exit()).isEqualTo(Exit.CANCELLED);
    assertThat(run.out()).isEqualTo("begun\ncleaned up\n");
    assertThat(run.err()).contains("cancelling");
    assertThat(server.all("POST", CANCEL)).hasSize(1);
  }

  @Test
  void exec_secondCtrlC_leavesAtOnce() {
    CountDownLatch never = new CountDownLatch(1);
    server
        .on(
            "GET " + OUTPUT,
            exchange -> {
              FakeServer.write(exchange, RUNNING);
              terminal.ctrlCSoon();
              never.await();
            })
        .on(
            "POST " + CANCEL,
            exchange -> {
              terminal.ctrlCSoon();
              json(200, Samples.COMMAND).to(exchange);
            });

    assertThat(uname().exit()).isEqualTo(Exit.CANCELLED);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    never.countDown();
  }

  @Test
  void exec_ctrlCWhenItHasEnded_isNoError() {
    CountDownLatch refused = new CountDownLatch(1);
    server
        .on(
            "GET " + OUTPUT,
            exchange -> {
              terminal.ctrlCSoon();
              refused.await();
              FakeServer.write(exchange, COMPLETED);
            })
        .on(
            "POST " + CANCEL,
            exchange -> {
              FakeServer.error(409, "it has ended").to(exchange);
              refused.countDown();
            });

    Cli run = uname();

    assertThat(run.exit()).isEqualTo(Exit.CANCELLED);
    assertThat(run.err()).doesNotContain("it has ended");
  }

  @Test
  void exec_outputThatNobodyReads_ends() {
    server.on(
        "GET " + OUTPUT,
        events(RUNNING, output(1, "stdout", "x"), output(2, "stdout", "y"), COMPLETED));
    terminal.stdout(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("broken pipe");
              }
            },
            false,
            UTF_8));

    Cli run = uname();

    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(run.err()).contains("the command goes on: muster command exec_1");
  }

  @Test
  void exec_outputArrivesWhileItRuns() {
    CountDownLatch seen = new CountDownLatch(1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    terminal.stdout(
        new PrintStream(bytes, false, UTF_8) {
          @Override
          public void flush() {
            super.flush();
            if (bytes.size() > 0) {
              seen.countDown();
            }
          }
        });
    server.on(
        "GET " + OUTPUT,
        exchange -> {
          FakeServer.write(exchange, RUNNING, output(1, "stdout", "first\n"));
          seen.await();
          FakeServer.write(exchange, COMPLETED);
        });

    assertThat(uname().exit()).isZero();
    assertThat(bytes.toString(UTF_8)).isEqualTo("first\n");
  }

  @Test
  void exec_unknownDevice_isNotFound() {
    server.on("GET /v1/devices?limit=1000", Samples.devices());

    assertThat(run("exec", "nope", "--", "true").exit()).isEqualTo(Exit.NOT_FOUND);
  }

  @Test
  void exec_withoutCommandOrDashes_isUsage() {
    assertThat(run("exec", "web-1").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("exec", "web-1", "uname", "-a").err()).contains("put -- before the command");
    assertThat(run("exec", "web-1", "--env", "=x", "--", "true").err()).contains("NAME=value");
    assertThat(run("exec", "web-1", "--timeout", "soon", "--", "true").err())
        .contains("--timeout: soon");
    assertThat(server.requests).isEmpty();
  }
}
