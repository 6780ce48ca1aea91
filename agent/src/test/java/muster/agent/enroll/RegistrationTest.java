package muster.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import muster.agent.TestServer;
import muster.agent.TestServer.Answer;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.net.ServerAddress;
import muster.wire.Facts;
import muster.wire.Json;
import muster.wire.RegisterReply;
import muster.wire.RegisterRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RegistrationTest {
  private static final String GOOD =
      "{\"device_id\":\"dev_1\",\"auth_token\":\"agt_1\",\"name\":\"web-1\",\"org_id\":\"default\","
          + "\"ws_url\":\"ws://127.0.0.1:1/v1/agent/ws\","
          + "\"device_ws_url\":\"ws://127.0.0.1:1/device/ws\"}";

  private final List<TestServer.Asked> asked = new ArrayList<>();
  private final Deque<Answer> answers = new ArrayDeque<>();
  private final List<Duration> waits = new ArrayList<>();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private TestServer server;

  @BeforeEach
  void open() throws IOException {
    server = new TestServer();
    server.script(request -> {
      asked.add(request);
      return answers.remove();
    });
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void register_tellsAboutTheHost_andGetsTheCredential() throws Exception {
    answers.add(Answer.json(200, GOOD));

    RegisterReply reply = register(1);

    assertThat(reply.deviceId()).isEqualTo("dev_1");
    assertThat(reply.authToken()).isEqualTo("agt_1");
    assertThat(asked.get(0).path()).isEqualTo("/v1/agent/register");
    assertThat(RegisterRequest.fromJson(Json.parseObject(asked.get(0).body())))
        .isEqualTo(request());
  }

  @Test
  void serverTroubles_areRepeatedWithTheSameTokenAndHardware() throws Exception {
    answers.add(Answer.json(500, "{}"));
    answers.add(new Answer(429, "Retry-After: 7\r\n", "{\"detail\":\"slow down\"}"));
    answers.add(Answer.json(200, "not json"));
    answers.add(Answer.json(200, GOOD));

    assertThat(register(9).deviceId()).isEqualTo("dev_1");
    assertThat(asked).extracting(TestServer.Asked::body).containsOnly(asked.get(0).body());
    assertThat(waits).hasSize(3);
    assertThat(waits.get(1)).isGreaterThanOrEqualTo(Duration.ofSeconds(7));
    assertThat(logged.toString(StandardCharsets.UTF_8))
        .contains("429 slow down")
        .doesNotContain("ekvent_secret");
  }

  @Test
  void refusals_areNotRepeated() {
    for (int status : new int[] {400, 401, 403, 404, 409, 410, 413}) {
      answers.add(Answer.json(status, "{\"detail\":\"because\",\"error\":\"x\"}"));

      assertThatThrownBy(() -> register(9))
          .isInstanceOf(RefusedException.class)
          .hasMessage(status + " because");
    }
    assertThat(waits).isEmpty();
  }

  @Test
  void unreachable_givesUpAfterTheLastAttempt() throws Exception {
    server.close();

    assertThatThrownBy(() -> register(3)).isInstanceOf(IOException.class);
    assertThat(waits).hasSize(2);
  }

  private RegisterReply register(int attempts) throws Exception {
    Log log =
        new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), InstantSource.system());
    return new Registration(
            Clients.create(Optional.empty(), Duration.ofSeconds(10)),
            log,
            waits::add,
            new Random(1))
        .register(ServerAddress.parse(server.base().toString()), request(), attempts);
  }

  private static RegisterRequest request() {
    return new RegisterRequest(
        "ekvent_secret",
        "hw-1",
        Optional.of("server"),
        Optional.of("web-1"),
        List.of("prod"),
        new Facts(
            Optional.of("0.1.0"),
            Optional.of("web-1"),
            Optional.of("linux"),
            Optional.of("x86_64"),
            Optional.empty()));
  }
}
