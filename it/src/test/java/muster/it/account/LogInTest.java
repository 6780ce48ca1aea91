package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Each test makes its own user; the clock only ever goes ahead.
class LogInTest {
  private static final String PASSWORD = "correct horse battery";

  private static TestMuster muster;
  private static int users;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static String newUser() {
    String name = "user-" + ++users;
    muster
        .admin()
        .post("/api/users", Map.of("username", name, "password", PASSWORD, "role", "operator"))
        .expect(201);
    return name;
  }

  private static TestReply logIn(String user, String password) {
    return muster.anonymous().post("/api/login", Map.of("username", user, "password", password));
  }

  private static TestClient session(String user) {
    return muster.client(logIn(user, PASSWORD).expect(200).text("token"));
  }

  private static JsonNode withoutRequestId(TestReply reply) {
    return ((ObjectNode) reply.json()).without("request_id");
  }

  @Test
  @DisplayName("F154: the right password opens a session of 24 hours")
  void login_rightPassword_opensSession() {
    String user = newUser();
    TestReply reply = logIn(user, PASSWORD).expect(200);
    assertThat(reply.json().fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("token", "role", "username", "expires_at");
    assertThat(reply.text("username")).isEqualTo(user);
    assertThat(reply.text("role")).isEqualTo("operator");
    assertThat(reply.text("token")).startsWith("sess_");
    assertThat(reply.header("cache-control")).isEqualTo("no-store");
    assertThat(Instant.parse(reply.text("expires_at")))
        .isCloseTo(
            muster.clock().instant().plus(24, ChronoUnit.HOURS), within(5, ChronoUnit.SECONDS));

    TestReply me = muster.client(reply.text("token")).get("/api/me").expect(200);
    assertThat(me.text("kind")).isEqualTo("user");
    assertThat(me.text("username")).isEqualTo(user);
    assertThat(me.text("role")).isEqualTo("operator");
    assertThat(me.at("permissions"))
        .extracting(JsonNode::asText)
        .contains("command:execute")
        .doesNotContain("key:manage");
  }

  @Test
  @DisplayName("F154: a session is good for 24 hours and dead after them")
  void session_after24Hours_isDead() {
    TestClient session = session(newUser());
    muster.clock().advance(Duration.ofHours(24).minusMinutes(1));
    session.get("/api/me").expect(200);
    muster.clock().advance(Duration.ofMinutes(1));
    session.get("/api/me").expect(401);
  }

  @Test
  @DisplayName("F154: an unknown name and a wrong password get one and the same answer")
  void login_unknownNameOrWrongPassword_sameAnswer() {
    TestReply wrong = logIn(newUser(), "not the password").expect(401);
    TestReply unknown = logIn("nobody-of-that-name", PASSWORD).expect(401);
    assertThat(withoutRequestId(unknown)).isEqualTo(withoutRequestId(wrong));
    assertThat(unknown.headers().map().keySet()).isEqualTo(wrong.headers().map().keySet());
    assertThat(unknown.header("www-authenticate")).isEqualTo("Bearer");
  }

  @Test
  @DisplayName("F154: a disabled user is told what a wrong password is told")
  void login_disabledUser_isRefused() {
    String user = newUser();
    muster.admin().patch("/api/users/" + user, Map.of("disabled", true)).expect(200);
    TestReply disabled = logIn(user, PASSWORD).expect(401);
    assertThat(withoutRequestId(disabled))
        .isEqualTo(withoutRequestId(logIn("nobody-at-all", PASSWORD).expect(401)));
    muster.admin().patch("/api/users/" + user, Map.of("disabled", false)).expect(200);
    logIn(user, PASSWORD).expect(200);
  }

  @Test
  @DisplayName("F154: five failures within 60 s lock the name for 300 s, the right password too")
  void login_fiveFailures_locksName() {
    String user = newUser();
    for (int i = 0; i < 5; i++) {
      logIn(i % 2 == 0 ? user : user.toUpperCase(Locale.ROOT), "wrong " + i).expect(401);
    }
    TestReply locked = logIn(user, PASSWORD).expect(429);
    assertThat(locked.text("error")).isEqualTo("too_many_requests");
    assertThat(Integer.parseInt(locked.header("retry-after"))).isBetween(290, 301);

    logIn(newUser(), PASSWORD).expect(200);

    muster.clock().advance(Duration.ofSeconds(290));
    logIn(user, PASSWORD).expect(429);
    muster.clock().advance(Duration.ofSeconds(11));
    logIn(user, PASSWORD).expect(200);
  }

  @Test
  @DisplayName("F154: the lock holds for that address only, and no header changes the address")
  void login_lockedName_isOpenFromElsewhere() throws Exception {
    String user = newUser();
    for (int i = 0; i < 5; i++) {
      muster
          .anonymous()
          .send(
              "POST",
              "/api/login",
              Optional.of("{\"username\":\"%s\",\"password\":\"wrong\"}".formatted(user)),
              Map.of("X-Forwarded-For", "203.0.113." + i, "Forwarded", "for=203.0.113." + i))
          .expect(401);
    }
    logIn(user, PASSWORD).expect(429);
    assertThat(logInFrom("127.0.0.2", user)).isEqualTo(200);
    logIn(user, PASSWORD).expect(429);
  }

  private static int logInFrom(String address, String user)
      throws IOException, InterruptedException {
    try (HttpClient client =
        HttpClient.newBuilder().localAddress(InetAddress.ofLiteral(address)).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(muster.url().resolve("/api/login"))
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"username\":\"%s\",\"password\":\"%s\"}".formatted(user, PASSWORD)))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
  }

  @Test
  @DisplayName("F154: a lock's first refusal is on record, and no other")
  void login_locked_isOnRecordOnceForEachLock() {
    String user = newUser();
    for (int i = 1; i <= 2; i++) {
      for (int j = 0; j < 5; j++) {
        logIn(user, "wrong").expect(401);
      }
      for (int j = 0; j < 10; j++) {
        logIn(user, PASSWORD).expect(429);
      }
      assertThat(lockedLogIns(user)).containsOnly("name").hasSize(i);
      muster.clock().advance(Duration.ofSeconds(301));
    }
    for (int i = 0; i < 30; i++) {
      logIn("nobody-" + i, "wrong").expect(401);
    }
    for (int i = 0; i < 10; i++) {
      logIn(user, PASSWORD).expect(429);
    }
    assertThat(lockedLogIns(user)).containsOnlyOnce("address").hasSize(3);
    muster.clock().advance(Duration.ofSeconds(301));
  }

  private static List<String> lockedLogIns(String user) {
    return muster
        .admin()
        .get("/v1/audit?action=login&outcome=denied&target=" + user)
        .expect(200)
        .at("entries")
        .findValuesAsText("locked");
  }

  @Test
  @DisplayName("F154: failures further apart than 60 s do not add up, and a success forgets them")
  void login_failuresApart_doNotLock() {
    String user = newUser();
    for (int i = 0; i < 4; i++) {
      logIn(user, "wrong").expect(401);
    }
    muster.clock().advance(Duration.ofSeconds(61));
    for (int i = 0; i < 4; i++) {
      logIn(user, "wrong").expect(401);
    }
    logIn(user, PASSWORD).expect(200);
    for (int i = 0; i < 4; i++) {
      logIn(user, "wrong").expect(401);
    }
    logIn(user, PASSWORD).expect(200);
  }

  @Test
  @DisplayName("F154: twenty guesses at once are no way around the lock")
  void login_parallelGuesses_areCounted() throws Exception {
    String user = newUser();
    List<Callable<Integer>> guesses = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String guess = "guess " + i;
      guesses.add(() -> logIn(user, guess).status());
    }
    List<Integer> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(20)) {
      for (Future<Integer> answer : threads.invokeAll(guesses)) {
        answers.add(answer.get());
      }
    }
    assertThat(answers).containsOnly(401, 429);
    assertThat(answers).filteredOn(status -> status == 401).hasSize(5);
  }

  static Stream<Arguments> whatEndsSessions() {
    return Stream.of(
        Arguments.of("new password", change(Map.of("password", "another password"))),
        Arguments.of("other role", change(Map.of("role", "viewer"))),
        Arguments.of("disabled", change(Map.of("disabled", true))),
        Arguments.of(
            "deleted",
            (Consumer<String>) user -> muster.admin().delete("/api/users/" + user).expect(204)));
  }

  private static Consumer<String> change(Map<String, ?> body) {
    return user -> muster.admin().patch("/api/users/" + user, body).expect(200);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("whatEndsSessions")
  @DisplayName("F154: what takes a right away ends all of the user's sessions at once")
  void changedUser_losesSessions(String what, Consumer<String> change) {
    String user = newUser();
    TestClient first = session(user);
    TestClient second = session(user);
    TestClient other = session(newUser());
    first.get("/v1/devices").expect(200); // now it is remembered
    second.get("/v1/devices").expect(200);
    change.accept(user);
    first.get("/v1/devices").expect(401);
    second.get("/v1/devices").expect(401);
    other.get("/v1/devices").expect(200);
  }

  @Test
  @DisplayName("F154: after a change of password only the new one is good")
  void changedPassword_replacesOld() {
    String user = newUser();
    muster.admin().patch("/api/users/" + user, Map.of("password", "another password")).expect(200);
    logIn(user, PASSWORD).expect(401);
    logIn(user, "another password").expect(200);
  }

  @Test
  @DisplayName("F154: log-out kills the token it came with and no other")
  void logout_killsToken() {
    String user = newUser();
    TestClient session = session(user);
    TestClient other = session(user);
    session.get("/api/me").expect(200);
    session.post("/api/logout", Map.of()).expect(204);
    session.get("/api/me").expect(401);
    session.post("/api/logout", Map.of()).expect(401);
    other.get("/api/me").expect(200);
  }

  @Test
  @DisplayName("F154: a session is no device's token, and a device's token no session")
  void tokens_areGoodForTheirPurposeOnly() {
    muster.client(session(newUser()).token()).get("/device/ws").expect(401);
    muster.client(session(newUser()).token()).get("/v1/agent/ws").expect(401);
    muster.client(muster.enroll("log-in-1").token()).get("/api/me").expect(403);
    muster.client(muster.enrollmentToken()).get("/api/me").expect(401);
    muster.anonymous().get("/api/me?token=" + muster.adminKey()).expect(401);
    muster.anonymous().get("/v1/devices?api_key=" + muster.adminKey()).expect(401);
  }

  @Test
  @DisplayName("F154: passwords are kept as argon2id with a salt of their own")
  void passwords_areKeptAsArgon2id() throws SQLException {
    String one = newUser();
    String two = newUser();
    assertThat(storedHash(one))
        .matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}")
        .isNotEqualTo(storedHash(two));
  }

  private static String storedHash(String user) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
        var statement =
            connection.prepareStatement(
                "select password_hash from user_account where username = ?")) {
      statement.setString(1, user);
      try (ResultSet rows = statement.executeQuery()) {
        assertThat(rows.next()).isTrue();
        return rows.getString(1);
      }
    }
  }

  @Test
  @DisplayName("F154: users are made, listed, changed and deleted, within bounds")
  void users_areLookedAfter() {
    String user = newUser();
    session(user);
    TestReply list = muster.admin().get("/api/users").expect(200);
    assertThat(list.at("total").asInt()).isEqualTo(list.at("users").size());
    JsonNode listed =
        list.at("users").findParents("username").stream()
            .filter(node -> node.path("username").asText().equals(user))
            .findFirst()
            .orElseThrow();
    assertThat(listed.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "id", "username", "role", "disabled", "created_at", "last_login_at");
    assertThat(listed.path("last_login_at").asText()).endsWith("Z");

    TestClient admin = muster.admin();
    admin.post("/api/users", user(user, PASSWORD)).expect(409);
    admin.post("/api/users", user("Upper", PASSWORD)).expect(400);
    admin.post("/api/users", user("../etc", PASSWORD)).expect(400);
    TestReply weak = admin.post("/api/users", user("weak", "7 chars")).expect(400);
    assertThat(weak.text("message"))
        .startsWith("password: 7 characters")
        .doesNotContain("7 chars ");
    admin.post("/api/users", user("long", "x".repeat(257))).expect(400);
    admin.post("/api/users", user("just-right", "x".repeat(256))).expect(201);
    admin.patch("/api/users/nobody", Map.of("disabled", true)).expect(404);
    admin.delete("/api/users/nobody").expect(404);
  }

  private static Map<String, String> user(String name, String password) {
    return Map.of("username", name, "password", password, "role", "viewer");
  }

  @Test
  @DisplayName("F154: an administrator makes no owner, changes none and deletes none")
  void admin_cannotTouchOwners() {
    TestClient admin = muster.withRole("admin");
    muster
        .admin()
        .post("/api/users", Map.of("username", "boss", "password", PASSWORD, "role", "owner"))
        .expect(201);
    admin
        .post("/api/users", Map.of("username", "boss-2", "password", PASSWORD, "role", "owner"))
        .expect(403);
    admin.patch("/api/users/boss", Map.of("password", "mine now, it is")).expect(403);
    admin.patch("/api/users/boss", Map.of("disabled", true)).expect(403);
    admin.delete("/api/users/boss").expect(403);
    admin.patch("/api/users/" + newUser(), Map.of("role", "owner")).expect(403);
    logIn("boss", PASSWORD).expect(200);
  }
}
