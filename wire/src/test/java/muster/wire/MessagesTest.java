package muster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessagesTest {
  private static final Facts FACTS =
      new Facts(
          Optional.of("0.1.0"),
          Optional.of("web-1"),
          Optional.of("linux"),
          Optional.of("x86_64"),
          Optional.of("Debian GNU/Linux 12 (bookworm)"));

  record Message(Object value, JsonObject json, Function<JsonObject, ?> read) {
    @Override
    public String toString() {
      return value.getClass().getSimpleName() + " " + json;
    }
  }

  static Stream<Message> messages() {
    Hello hello =
        new Hello(
            1,
            FACTS,
            Optional.of("boot"),
            Optional.empty(),
            List.of("bash"),
            Optional.of(PolicySummary.inForce(JsonObject.builder().put("terminal", false).build())),
            List.of(new KnownExecution("exec_1", 1, ExecutionState.RUNNING)));
    HelloReply reply =
        new HelloReply(
            "dev_1",
            "approved",
            15,
            Instant.parse("2026-04-15T14:30:00Z"),
            List.of(ExecutionReply.resume("exec_1", 17), ExecutionReply.forget("exec_2")));
    Health health =
        new Health(
            OptionalDouble.of(12.5),
            OptionalDouble.of(45.2),
            OptionalDouble.of(38.1),
            List.of(0.45, 0.38, 0.32),
            OptionalLong.of(432000),
            OptionalDouble.of(51.0),
            OptionalLong.of(8589934592L),
            Optional.of(new Health.Network(1048576, 2097152)));
    ToolExecute execute =
        new ToolExecute(
            "exec_1", 2, "bash", JsonObject.builder().put("command", "ls").build(), true, 300, 600);
    ToolResult done =
        new ToolResult(
            "exec_1", 1, ToolStatus.COMPLETED, OptionalInt.of(0), Optional.empty(), 234, false);
    ToolResult failed =
        new ToolResult(
            "exec_1", 1, ToolStatus.FAILED, OptionalInt.empty(), Optional.of("no sh"), 0, true);
    ToolOutput text = ToolOutput.text("exec_1", 1, 3, Channel.STDOUT, "text");
    ToolOutput bytes = ToolOutput.bytes("exec_1", 1, 4, Channel.STDERR, new byte[] {-1, 0});
    ToolOutput gap = ToolOutput.gap("exec_1", 1, 5, Channel.STDOUT, 10);
    ToolStarted started = new ToolStarted(ExecutionState.FINISHED);
    PolicyChanged changed =
        new PolicyChanged(PolicySummary.broken("offset 3: expected a value"), List.of());
    ToolCancel cancel = new ToolCancel("exec_1");
    Disconnect disconnect = new Disconnect("bye");
    RegisterRequest register =
        new RegisterRequest(
            "ekvent_x",
            "3f9c",
            Optional.of("server"),
            Optional.of("web-1"),
            List.of("prod"),
            FACTS);
    RegisterReply registered =
        new RegisterReply(
            "dev_1",
            "agt_x",
            Optional.of("web-1"),
            Optional.of("default"),
            "ws://127.0.0.1/v1/agent/ws",
            Optional.of("ws://127.0.0.1/device/ws"));
    ClaimRequest claim =
        new ClaimRequest(
            Optional.of("847291"),
            Optional.of("s3cr3t"),
            Optional.of("3f9c"),
            Optional.of("-----BEGIN PUBLIC KEY-----"),
            Optional.of("web-1"),
            List.of("lab"),
            List.of("bash"),
            FACTS);
    ClaimReply claimed =
        new ClaimReply(
            "dev_1", "agt_x", "pending", "ws://127.0.0.1/device/ws", Optional.of("web-1"));
    LogsFollow unit =
        new LogsFollow(
            "log_1",
            "journald",
            Optional.of("nginx"),
            Optional.empty(),
            10,
            Optional.of("s=1;i=2"));
    LogsFollow file =
        new LogsFollow("log_1", "file", Optional.empty(), Optional.of("/a"), 0, Optional.empty());
    LogLines lines =
        new LogLines(
            "log_1",
            List.of(new LogLines.Line("8:1:7", "text", 0), new LogLines.Line("8:1:9", "", 5)),
            true,
            true);
    LogsEnded ended = new LogsEnded("log_1", Optional.of("gone"));
    LogsStop stop = new LogsStop("log_1");
    DevicePace pace = new DevicePace(5);
    return Stream.of(
        new Message(unit, unit.toJson(), LogsFollow::fromJson),
        new Message(file, file.toJson(), LogsFollow::fromJson),
        new Message(lines, lines.toJson(), LogLines::fromJson),
        new Message(ended, ended.toJson(), LogsEnded::fromJson),
        new Message(stop, stop.toJson(), LogsStop::fromJson),
        new Message(pace, pace.toJson(), DevicePace::fromJson),
        new Message(hello, hello.toJson(), Hello::fromJson),
        new Message(reply, reply.toJson(), HelloReply::fromJson),
        new Message(health, health.toJson(), Health::fromJson),
        new Message(Health.UNKNOWN, Health.UNKNOWN.toJson(), Health::fromJson),
        new Message(execute, execute.toJson(), ToolExecute::fromJson),
        new Message(done, done.toJson(), ToolResult::fromJson),
        new Message(failed, failed.toJson(), ToolResult::fromJson),
        new Message(text, text.toJson(), ToolOutput::fromJson),
        new Message(bytes, bytes.toJson(), ToolOutput::fromJson),
        new Message(gap, gap.toJson(), ToolOutput::fromJson),
        new Message(started, started.toJson(), ToolStarted::fromJson),
        new Message(changed, changed.toJson(), PolicyChanged::fromJson),
        new Message(cancel, cancel.toJson(), ToolCancel::fromJson),
        new Message(disconnect, disconnect.toJson(), Disconnect::fromJson),
        new Message(register, register.toJson(), RegisterRequest::fromJson),
        new Message(registered, registered.toJson(), RegisterReply::fromJson),
        new Message(claim, claim.toJson(), ClaimRequest::fromJson),
        new Message(claimed, claimed.toJson(), ClaimReply::fromJson));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void roundTrip(Message message) {
    JsonObject received = Json.parseObject(message.json().toString());

    assertThat(message.read().apply(received)).isEqualTo(message.value());
  }

  @ParameterizedTest
  @MethodSource("messages")
  void read_mutated_throwsNothingButJsonException(Message message) {
    byte[] wire = message.json().toString().getBytes(StandardCharsets.UTF_8);
    for (int seed = 0; seed < 2_000; seed++) {
      String mutated = JsonTest.mutate(wire, new Random(seed));
      try {
        assertThat(message.read().apply(Json.parseObject(mutated))).isNotNull();
      } catch (JsonException expected) {
        assertThat(expected.getMessage()).isNotEmpty();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + mutated, e);
      }
    }
  }

  @Test
  void execute_leftOutFields_haveDefaults() {
    ToolExecute execute =
        ToolExecute.fromJson(
            Json.parseObject("{\"execution_id\":\"e\",\"attempt\":1,\"tool\":\"bash\"}"));

    assertThat(execute)
        .isEqualTo(new ToolExecute("e", 1, "bash", JsonObject.empty(), false, 300, 600));
  }

  @Test
  void health_outOfRange_refused() {
    for (String text :
        List.of(
            "{\"cpu_percent\":100.1}",
            "{\"disk_percent\":-1}",
            "{\"load_average\":[1,2]}",
            "{\"uptime_seconds\":-1}",
            "{\"network\":{\"bytes_sent\":-1,\"bytes_recv\":0}}")) {
      assertThatExceptionOfType(FieldException.class)
          .as(text)
          .isThrownBy(() -> Health.fromJson(Json.parseObject(text)));
    }
  }

  @Test
  void output_notExactlyOneContent_refused() {
    String head = "{\"execution_id\":\"e\",\"attempt\":1,\"seq\":1,\"stream\":\"stdout\"";
    for (String rest :
        List.of(
            "}",
            ",\"data\":\"a\",\"gap_bytes\":1}",
            ",\"data_b64\":\"%%\"}",
            ",\"gap_bytes\":0}",
            ",\"data\":\"" + "x".repeat(ToolOutput.MAX_BYTES + 1) + "\"}")) {
      assertThatExceptionOfType(FieldException.class)
          .as(rest)
          .isThrownBy(() -> ToolOutput.fromJson(Json.parseObject(head + rest)));
    }
  }

  @Test
  void register_olderNameOfHardwareId_read() {
    RegisterRequest request =
        RegisterRequest.fromJson(Json.parseObject("{\"enrollment_token\":\"t\",\"hw_id\":\"h\"}"));

    assertThat(request.hardwareId()).isEqualTo("h");
  }

  @Test
  void register_secrets_neverShown() {
    String secret = "ekvent_" + "s".repeat(300);
    JsonObject json = JsonObject.builder().put("enrollment_token", secret).build();

    assertThatThrownBy(() -> RegisterRequest.fromJson(json))
        .hasMessageStartingWith("enrollment_token: missing (expected:")
        .hasMessageNotContaining("sss");
    assertThat(messages().map(message -> message.value().toString()))
        .noneMatch(text -> text.contains("ekvent_x") || text.contains("agt_x"))
        .noneMatch(text -> text.contains("847291") || text.contains("s3cr3t"));
  }

  @Test
  void claim_withoutCodeAndSecret_orWithAWrongOne_namesTheCodeAndNeverShowsIt() {
    for (String wrong : List.of("{}", "{\"code\":847291}", "{\"code\":\"\"}", "{\"code\":null}")) {
      assertThatThrownBy(() -> ClaimRequest.fromJson(Json.parseObject(wrong)))
          .as(wrong)
          .hasMessageStartingWith("code: missing (expected:")
          .hasMessageNotContaining("847");
    }
    assertThat(ClaimRequest.fromJson(Json.parseObject("{\"secret\":\"x\",\"more\":1}")).code())
        .isEmpty();
  }

  @Test
  void logs_namesThatCouldBeOptionsOrFields_areRefused() {
    for (String unit : List.of("-u", "a b", "a\nb", "", "ü", "u".repeat(257))) {
      assertThatThrownBy(() ->
              new LogsFollow(
                  "log_1", "journald", Optional.of(unit), Optional.empty(), 0, Optional.empty()))
          .as(unit)
          .hasMessageStartingWith("unit: ");
    }
    for (String cursor : List.of("", "a b", "a\nid: 7", "a\0", "c".repeat(513))) {
      assertThatThrownBy(() -> new LogLines.Line(cursor, "text", 0))
          .as(cursor)
          .hasMessageStartingWith("cursor: ");
    }
  }

  @Test
  void claimReply_saysWhetherItIsApproved() {
    for (String status : List.of("approved", "pending")) {
      ClaimReply reply = new ClaimReply("dev_1", "agt_x", status, "ws://x", Optional.empty());
      assertThat(reply.toJson().flag("approved")).isEqualTo(status.equals("approved"));
    }
  }

  @Test
  void window_roundTrip_andNonsenseIsEmpty() {
    assertThat(CloseCode.windowReason(Duration.ofSeconds(30))).isEqualTo("window=30");
    assertThat(CloseCode.window("window=30")).contains(Duration.ofSeconds(30));
    for (String reason : List.of("", "window=", "window=-1", "window=99999", "window=1x")) {
      assertThat(CloseCode.window(reason)).as(reason).isEmpty();
    }
  }

  @Test
  void policy_ofMoreThan16KiB_isRefusedWithItsSize() {
    String envelope = JsonObject.builder().put("a", "").build().toString();
    int room = PolicySummary.MAX_BYTES - envelope.length();
    JsonObject most = JsonObject.builder().put("a", "ö".repeat(room / 2)).build();
    assertThat(PolicySummary.inForce(most).rules()).isEqualTo(most);
    JsonObject more = JsonObject.builder().put("a", "ö".repeat(room / 2 + 1)).build();
    assertThatThrownBy(() -> PolicySummary.inForce(more))
        .isInstanceOf(FieldException.class)
        .hasMessageMatching("policy.rules: 1638[56] \\(expected: at most 16384 bytes\\)");
  }
}
