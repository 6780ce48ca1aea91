package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.linecorp.armeria.common.HttpMethod;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import muster.http.Route;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Every kind of secret is made and shown to the server, in good and in bad ways, while all that
/// Muster itself logs is kept down to TRACE, and its libraries' down to where the server has them.
class LogSecrecyTest {
  private static final ListAppender<ILoggingEvent> LINES = new ListAppender<>();
  private static final Map<String, Level> LEVELS =
      Map.of(
          "ROOT", Level.INFO,
          "muster", Level.TRACE,
          "com.linecorp.armeria", Level.WARN,
          "io.netty", Level.WARN,
          "org.flywaydb", Level.WARN);

  private static final Map<String, Level> before = new LinkedHashMap<>();
  private static final List<String> secrets = new ArrayList<>();
  private static TestMuster muster;

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  @BeforeAll
  static void start() {
    LEVELS.forEach((name, level) -> {
      Logger logger = context().getLogger(name);
      before.put(name, logger.getLevel());
      logger.setLevel(level);
    });
    LINES.setContext(context());
    LINES.start();
    context().getLogger("ROOT").addAppender(LINES);
    // Heard here, and not on the console.
    context().getLogger("muster").addAppender(LINES);
    context().getLogger("muster").setAdditive(false);
    muster = TestMuster.start();
    useEverySecret();
  }

  @AfterAll
  static void stop() {
    muster.close();
    context().getLogger("ROOT").detachAppender(LINES);
    context().getLogger("muster").detachAppender(LINES);
    context().getLogger("muster").setAdditive(true);
    before.forEach((name, level) -> context().getLogger(name).setLevel(level));
  }

  private static String secret(String text) {
    // The last part of a token is what must not be seen; its id may.
    secrets.add(text.substring(text.lastIndexOf('_') + 1));
    return text;
  }

  private static void useEverySecret() {
    secret(muster.adminKey());
    TestClient operator = muster.withRole("operator");
    secret(operator.token());
    operator.get("/v1/devices?token=" + secret(muster.withRole("viewer").token())).expect(200);
    operator.delete("/v1/devices/dev_1").expect(403);

    String password = secret("a good password, and a secret one");
    Map<String, String> user = Map.of("username", "logged", "password", password, "role", "viewer");
    muster.admin().post("/api/users", user).expect(201);
    String session = muster.anonymous().post("/api/login", user).expect(200).text("token");
    muster.client(secret(session)).get("/api/me").expect(200);
    logInWrongly(secret("a wrong password, yet nobody's business"));
    logInWrongly(secret("a password with a \u0007 bell"));

    String enrollment = secret(muster.enrollmentToken());
    register(enrollment).expect200();
    register(enrollment); // used already, by another machine
    register(secret("ekvent_" + "a".repeat(16) + "_" + "b".repeat(52)));
    muster.client(secret("mk_" + "a".repeat(16) + "_" + "c".repeat(52))).get("/api/me").expect(401);
    muster.client(secret("Basic-ally-wrong")).get("/api/me").expect(401);

    FakeDevice device = muster.enroll("logged").connect();
    openSocket("/device/ws", secret(device.token()));
    openSocket("/v1/agent/ws", device.token());
    openSocket("/device/ws", secret("agt_" + "a".repeat(16) + "_" + "d".repeat(52)));
    openSocket("/v1/agent/ws", muster.adminKey());
    device.send(
        "{\"jsonrpc\":\"2.0\",\"method\":\"nonsense\",\"params\":{\"token\":\""
            + device.token()
            + "\"}}");
    device.send("not JSON " + device.token());
    openStreams(device);
    device.cut();
    muster.anonymous().post("/api/login", "{\"password\":\"" + password + "\"").expect(400);
    muster
        .anonymous()
        .post("/api/login", "{\"username\":5,\"password\":\"" + password + "\"}")
        .expect(400);
    showKeysInUrls();
    showJwts();
    muster.restart();
  }

  private static void showJwts() {
    String jwt = muster.admin().post("/v1/jwt", Map.of()).expect(201).text("token");
    secrets.add(jwt.substring(jwt.lastIndexOf('.') + 1));
    muster.client(jwt).get("/api/me").expect(200);
    muster.client(jwt + "x").get("/api/me").expect(401);
    muster.client(jwt).post("/v1/jwt", Map.of()).expect(403);
    openSocket("/device/ws", jwt);
  }

  private static void showKeysInUrls() {
    String script = "/api/agents/install-script?key=";
    String key =
        secret(muster.admin().post("/api/agents", Map.of("label", "x")).expect(201).text("key"));
    muster.anonymous().get(script + key).expect(200);
    muster
        .anonymous()
        .get(script + secret("agt_" + "a".repeat(16) + "_" + "e".repeat(52)))
        .expect(401);
    Map<String, ?> deployment =
        Map.of(
            "host", "127.0.0.1",
            "ssh_user", "root",
            "ssh_key", "missing",
            "label", "x",
            "passphrase", secret("a passphrase, and a secret one"));
    muster.admin().post("/api/agents/deploy", deployment).expect(400);
  }

  /// With the token in the query, as browsers open streams, in good and in bad ways.
  private static void openStreams(FakeDevice device) {
    String viewer = secret(muster.withRole("viewer").token());
    for (String stream : List.of("metrics?follow=false", "logs?follow=false", "logs?source=no")) {
      String path = "/api/agents/" + device.id() + "/stream/" + stream + "&token=";
      for (String token :
          List.of(viewer, muster.adminKey(), "mk_wrong", device.token(), secret("x".repeat(200)))) {
        Thread refusing =
            Thread.ofVirtual()
                .start(() ->
                    device
                        .pollLog(Duration.ofSeconds(1))
                        .ifPresent(order -> device.refuse(order, -32006, "no journald here")));
        assertThat(muster.anonymous().get(path + token).status()).isIn(200, 400, 401, 403, 409);
        refusing.interrupt();
      }
    }
  }

  private static void logInWrongly(String password) {
    muster
        .anonymous()
        .post("/api/login", Map.of("username", "logged", "password", password))
        .expect(401);
  }

  private record Registration(int status) {
    void expect200() {
      assertThat(status).isEqualTo(200);
    }
  }

  private static Registration register(String token) {
    return new Registration(
        muster
            .anonymous()
            .post(
                "/v1/agent/register",
                Map.of("enrollment_token", token, "hardware_id", "hw-" + secrets.size()))
            .status());
  }

  /// With the token in the query, as both pages' agents send it.
  private static void openSocket(String path, String token) {
    URI uri = URI.create("ws://127.0.0.1:%d%s?token=%s".formatted(muster.port(), path, token));
    try (HttpClient client = HttpClient.newHttpClient()) {
      client.newWebSocketBuilder().buildAsync(uri, new WebSocket.Listener() {}).join().abort();
    } catch (CompletionException e) {
      assertThat(e).hasMessageContaining("WebSocketHandshakeException");
    }
  }

  private static List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (ILoggingEvent event : List.copyOf(LINES.list)) {
      lines.add(
          event.getLoggerName()
              + " "
              + event.getFormattedMessage()
              + (event.getThrowableProxy() == null
                  ? ""
                  : ThrowableProxyUtil.asString(event.getThrowableProxy())));
    }
    return lines;
  }

  @Test
  void log_holdsNoSecret() {
    // The appender hears something at all.
    Awaitility.await()
        .untilAsserted(() -> assertThat(lines()).anyMatch(line -> line.contains("listening on")));
    assertThat(secrets)
        .hasSizeGreaterThan(12)
        .allSatisfy(secret -> assertThat(lines()).noneMatch(line -> line.contains(secret)));
  }

  @Test
  void log_hasNoErrorAndNoStackTrace() {
    assertThat(LINES.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .extracting(ILoggingEvent::getFormattedMessage)
        .isEmpty();
  }

  private static String query(Route route) {
    return switch (route.path()) {
      case "/api/devices/routing/explain" -> "?tool=bash";
      case "/v1/events" -> "?follow=false";
      default -> "";
    };
  }

  @Test
  void noAnswerToAGet_holdsASecret() {
    TestClient owner = muster.admin();
    owner.post("/api/devices/pair", Map.of()).expect(200);
    for (Route route : muster.server().routes()) {
      if (route.method() == HttpMethod.GET
          && route.audience() != Route.Audience.DEVICES
          && !route.path().contains("{")) {
        String body = owner.get(route.path() + query(route)).expect(200).body();
        assertThat(secrets)
            .allSatisfy(secret -> assertThat(body).as(route.path()).doesNotContain(secret));
        assertThat(body).as(route.path()).doesNotContain("argon2id");
      }
    }
  }
}
