package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.http.Route;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Calls every method of every service as everybody, as `authorisation.txt` says: by Connect with
/// JSON, whose errors have a code for each refusal.
class RpcAuthorisationTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static TestMuster muster;
  private static FakeDevice sample;
  private static String binary;
  private static SampleDeployments deployments;
  private static Callers callers;
  private static AuthorisationTable table;

  private final List<String> wrong = new ArrayList<>();

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    sample = tagged(muster.enroll("sample"));
    binary =
        muster
            .admin()
            .send(
                "POST",
                "/v1/binaries?name=sample&version=1&platform=linux",
                Optional.of(SampleBodies.FILE),
                Map.of())
            .expect(201)
            .text("id");
    deployments = new SampleDeployments(muster);
    callers = new Callers(muster, sample);
    table = AuthorisationTable.read();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void settle() {
    muster.clock().advance(Duration.ofMinutes(2));
  }

  private static FakeDevice tagged(FakeDevice device) {
    muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of("a"))).expect(200);
    return device;
  }

  /// A good request; a method without one here has none in the test, which fails.
  private static Map<String, ?> request(Route rpc) {
    String method = rpc.path().substring(rpc.path().lastIndexOf('/') + 1);
    return switch (method) {
      case "RegisterDevice", "ListDevices", "StreamEvents", "Check", "Watch", "GetDeviceHealth" ->
          Map.of();
      case "GetMetrics" -> Map.of("metric_names", List.of("cpu_usage"));
      case "GetDevice", "Heartbeat" -> Map.of("device_id", sample.id());
      case "UpdateDevice" ->
          Map.of("device_id", sample.id(), "device", Map.of("name", "n" + System.nanoTime()));
      case "DeleteDevice" -> Map.of("device_id", tagged(muster.enroll("deleted")).id());
      case "ReportCommandResult" -> Map.of("device_id", sample.id(), "command_id", "exec_none");
      case "UploadBinary" ->
          Map.of(
              "metadata",
              Map.of("name", "n" + System.nanoTime(), "version", "1", "platform", "linux"));
      case "DownloadBinary" -> Map.of("binary_id", binary);
      case "CreateUpdate" -> SampleDeployments.content();
      case "ListUpdates", "ListDeployments" -> Map.of();
      case "GetUpdate", "DeprecateUpdate" -> Map.of("update_id", deployments.update());
      case "PreviewDeployment" -> Map.of("deployment", deployments.request());
      case "DeployUpdate" -> deployments.request();
      case "GetDeploymentStatus", "PauseDeployment", "CancelDeployment", "RollbackDeployment" ->
          Map.of("deployment_id", deployments.begun());
      case "PromoteDeployment" -> Map.of("deployment_id", deployments.awaitingPromotion());
      case "ResumeDeployment" -> Map.of("deployment_id", deployments.paused());
      case "RetryDeployment" -> Map.of("deployment_id", deployments.failed());
      default -> throw new AssertionError("no good request for " + rpc.path());
    };
  }

  /// The code of the answer, `ok` when it is none of an error.
  private static String code(TestClient caller, Route rpc) {
    return isStream(rpc) ? streamed(caller, rpc) : unary(caller, rpc);
  }

  private static boolean isStream(Route rpc) {
    return rpc.path().matches(".*/(StreamEvents|Watch|UploadBinary|DownloadBinary)");
  }

  private static boolean isOfAFile(Route rpc) {
    return rpc.path().startsWith("/fleetd.v1.BinaryService/");
  }

  private static String unary(TestClient caller, Route rpc) {
    TestReply reply =
        caller.send(
            "POST",
            rpc.path(),
            Optional.of(TestClient.json(request(rpc))),
            Map.of("Connect-Protocol-Version", "1"));
    return reply.status() == 200 ? "ok" : reply.text("code");
  }

  /// In their envelopes: an upload has a piece besides.
  private static byte[] messages(Route rpc) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    List<Map<String, ?>> messages = new ArrayList<>(List.of(request(rpc)));
    if (rpc.path().endsWith("/UploadBinary")) {
      messages.add(Map.of("chunk", "AAAA"));
    }
    for (Map<String, ?> each : messages) {
      byte[] message = TestClient.json(each).getBytes(StandardCharsets.UTF_8);
      all.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(message.length).array());
      all.writeBytes(message);
    }
    return all.toByteArray();
  }

  private static HttpResponse<InputStream> opened(TestClient caller, Route rpc) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(muster.url() + rpc.path()))
            .header("Content-Type", "application/connect+json")
            .header("Connect-Protocol-Version", "1")
            .POST(HttpRequest.BodyPublishers.ofByteArray(messages(rpc)));
    if (caller != callers.strangers.get("nobody")) {
      request.header("Authorization", "Bearer " + caller.token());
    }
    try {
      HttpResponse<InputStream> response =
          HTTP.send(
              request.timeout(Duration.ofSeconds(20)).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      return response;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// A stream is refused in its last frame, and by that at once; one that is not goes on, but for
  /// those of files.
  private static String streamed(TestClient caller, Route rpc) {
    try (InputStream body = opened(caller, rpc).body()) {
      // Nothing more than its headers comes of a stream that goes on, until something happens.
      if (!isOfAFile(rpc) && !isRefused(rpc, caller)) {
        return "ok";
      }
      byte[] head = body.readNBytes(5);
      byte[] message = body.readNBytes(ByteBuffer.wrap(head, 1, 4).getInt());
      while (isOfAFile(rpc) && head[0] == 0) {
        head = body.readNBytes(5);
        message = body.readNBytes(ByteBuffer.wrap(head, 1, 4).getInt());
      }
      return JSON.readTree(message).at("/error/code").asText("ok");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isRefused(Route rpc, TestClient caller) {
    AuthorisationTable.Line line = table.ofRpc(rpc);
    return !line.who().equals("open")
        && (callers.strangers.containsValue(caller)
            || callers.devices.containsValue(caller)
            || List.of(callers.people, callers.inside, callers.elsewhere).stream()
                .flatMap(group -> group.entrySet().stream())
                .anyMatch(
                    entry -> entry.getValue() == caller && !line.allows(entry.getKey().role())));
  }

  private void expect(String code, Object who, TestClient caller, Route rpc) {
    String was = code(caller, rpc);
    if (!was.equals(code)) {
      wrong.add("%s as %s: %s instead of %s".formatted(rpc.path(), who, was, code));
    }
  }

  @Test
  @DisplayName("F069: strangers are refused by every method but the open ones")
  void strangers() {
    for (Route rpc : muster.server().rpcs()) {
      String code = table.ofRpc(rpc).who().equals("open") ? "ok" : "unauthenticated";
      callers.strangers.forEach((who, caller) -> {
        // An unused enrolment token is what registers a machine (F088).
        boolean registers = who.contains("enrolment") && rpc.path().endsWith("/RegisterDevice");
        if (!registers) {
          expect(code, who, caller, rpc);
        }
      });
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F077, F090: a device speaks for itself, sees itself, and nothing else")
  void devices() {
    for (Route rpc : muster.server().rpcs()) {
      callers.devices.forEach((who, caller) -> {
        boolean itself = who.contains("itself");
        String code =
            switch (rpc.path().substring(rpc.path().lastIndexOf('/') + 1)) {
              case "Check", "Watch" -> "ok";
              case "Heartbeat" -> itself ? "ok" : "permission_denied";
              case "ReportCommandResult" -> itself ? "not_found" : "permission_denied";
              case "GetDevice" -> itself ? "ok" : "not_found";
              case "DownloadBinary" -> "not_found";
              default -> "permission_denied";
            };
        expect(code, who, caller, rpc);
      });
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F077: people with the role, and keys whose scope it is in, are let in; others not")
  void people() {
    for (Route rpc : muster.server().rpcs()) {
      AuthorisationTable.Line line = table.ofRpc(rpc);
      callers.people.forEach((who, caller) -> expect(code(line, who), who, caller, rpc));
      callers.inside.forEach((who, caller) -> {
        boolean fenced = line.scope().equals("none");
        expect(fenced ? "permission_denied" : code(line, who), who, caller, rpc);
      });
      muster.clock().advance(Duration.ofMinutes(1));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F075: what lies outside a key's fence is refused like what is not there")
  void outsideTheFence() {
    for (Route rpc : muster.server().rpcs()) {
      AuthorisationTable.Line line = table.ofRpc(rpc);
      callers.elsewhere.forEach((who, caller) -> {
        String let = code(line, who);
        String code =
            switch (line.scope()) {
              case "none" -> "permission_denied";
              case "one" -> let.equals("ok") ? outside(rpc) : let;
              default -> let;
            };
        expect(code, who, caller, rpc);
      });
      muster.clock().advance(Duration.ofMinutes(1));
    }
    assertThat(wrong).isEmpty();
  }

  /// Devices that are named in a list are named as not there.
  private static String outside(Route rpc) {
    return rpc.path().matches(".*/(DeployUpdate|PreviewDeployment)")
        ? "invalid_argument"
        : "not_found";
  }

  private static String code(AuthorisationTable.Line line, Callers.Person who) {
    return switch (line.who()) {
      case "open" -> "ok";
      case "device" -> "unauthenticated";
      default -> line.allows(who.role()) ? "ok" : "permission_denied";
    };
  }

  @Test
  @DisplayName("every method writes the audit row that the table names, and no other")
  void audit() {
    for (Route rpc : muster.server().rpcs()) {
      AuthorisationTable.Line line = table.ofRpc(rpc);
      if (!line.isForPeople() || rpc.path().endsWith("/StreamEvents")) {
        continue;
      }
      String id =
          isStream(rpc)
              ? ended(rpc)
              : muster.admin().post(rpc.path(), request(rpc)).expect(200).header("x-request-id");
      JsonNode rows = muster.admin().get("/v1/audit?request_id=" + id).expect(200).at("entries");
      assertThat(rows.size()).as(rpc.path()).isEqualTo(line.action().equals("-") ? 0 : 1);
      if (!line.action().equals("-")) {
        assertThat(rows.get(0).path("action").asText()).isEqualTo(line.action());
      }
    }
  }

  /// The request's id, once all of the answer has come.
  private static String ended(Route rpc) {
    HttpResponse<InputStream> answer = opened(muster.admin(), rpc);
    try (InputStream body = answer.body()) {
      body.readAllBytes();
      return answer.headers().firstValue("x-request-id").orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
