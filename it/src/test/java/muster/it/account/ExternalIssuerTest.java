package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.auth.Role;
import muster.device.DeviceFields;
import muster.jwt.SigningKeys;
import muster.jwt.TrustedIssuer;
import muster.jwt.TrustedIssuer.Grant;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Tokens of an OpenID provider.
class ExternalIssuerTest {
  private static final String REFUSAL = "the token is unknown, expired or revoked";

  private FakeIssuer issuer;
  private TestMuster muster;

  @BeforeEach
  void start() {
    issuer = new FakeIssuer();
    muster = TestMuster.start(config -> config.withIssuers(List.of(trusted(Optional.empty()))));
  }

  @AfterEach
  void stop() {
    muster.close();
    issuer.close();
  }

  private TrustedIssuer trusted(Optional<Grant> otherwise) {
    return new TrustedIssuer(
        "corp",
        issuer.url(),
        "fleet",
        TrustedIssuer.USUAL_ALGORITHMS,
        "preferred_username",
        "groups",
        List.of(
            Map.entry("bosses", new Grant(Role.ADMIN, Optional.empty())),
            Map.entry("ops", new Grant(Role.OPERATOR, Optional.empty())),
            Map.entry("lab", new Grant(Role.ADMIN, Optional.of(DeviceFields.scope("tag:lab"))))),
        otherwise);
  }

  private JWTClaimsSet.Builder claims() {
    return issuer.claims(now());
  }

  private Instant now() {
    return muster.clock().instant();
  }

  private Date in(long seconds) {
    return Date.from(now().plusSeconds(seconds));
  }

  private TestClient client(JWTClaimsSet.Builder claims) {
    return muster.client(issuer.token(claims));
  }

  private void refused(String what, String token) {
    assertThat(muster.client(token).get("/api/me"))
        .as(what)
        .returns(401, TestReply::status)
        .returns(REFUSAL, reply -> reply.text("message"));
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: who an external issuer vouches for has the role its claim grants")
  void guest_hasTheRoleOfTheClaim() {
    TestReply me = client(claims()).get("/api/me").expect(200);
    assertThat(me.text("kind")).isEqualTo("external");
    assertThat(me.text("name")).isEqualTo("corp/anna");
    assertThat(me.text("role")).isEqualTo("operator");
    assertThat(role(claims().claim("groups", List.of("ops", "bosses")))).isEqualTo("admin");
    assertThat(role(claims().claim("groups", "ops"))).isEqualTo("operator");
  }

  private String role(JWTClaimsSet.Builder claims) {
    return client(claims).get("/api/me").expect(200).text("role");
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a good token without a role is told so, and has one where there is a default")
  void guestWithoutRole_isRefused() {
    JWTClaimsSet.Builder nobody = claims().claim("groups", List.of("everybody"));
    assertThat(client(nobody).get("/api/me").expect(403).text("message"))
        .isEqualTo("the token's claim groups grants no role here");
    client(claims().claim("groups", 7)).get("/api/me").expect(403);
    Grant viewer = new Grant(Role.VIEWER, Optional.empty());
    try (TestMuster open =
        TestMuster.start(config -> config.withIssuers(List.of(trusted(Optional.of(viewer)))))) {
      assertThat(open.client(issuer.token(nobody)).get("/api/me").expect(200).text("role"))
          .isEqualTo("viewer");
    }
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a grant with a scope is fenced in, also from what is not about devices")
  void scopeOfTheGrant_fencesIn() {
    FakeDevice inside = muster.enroll("inside");
    FakeDevice outside = muster.enroll("outside");
    muster.admin().patch("/v1/devices/" + inside.id(), Map.of("tags", List.of("lab"))).expect(200);
    TestClient lab = client(claims().claim("groups", List.of("lab")));
    lab.get("/v1/devices/" + inside.id()).expect(200);
    lab.get("/v1/devices/" + outside.id()).expect(404);
    lab.get("/v1/audit").expect(403);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: deeds are on record under the issuer's name and the user's, cleaned")
  void deeds_areOnRecord() {
    FakeDevice device = muster.enroll("web-1");
    client(claims().claim("preferred_username", "an\u001b[31mna\u202e"))
        .patch("/v1/devices/" + device.id(), Map.of("name", "web-2"))
        .expect(200);
    assertThat(muster.admin().get("/v1/audit?action=device.update").text("/entries/0/actor"))
        .isEqualTo("external:corp/an[31mna");
    assertThat(client(claims().claim("preferred_username", null)).get("/api/me").text("name"))
        .isEqualTo("corp/248289761001");
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: an external token makes no JWT of ours")
  void guest_getsNoJwt() {
    client(claims()).post("/v1/jwt", Map.of()).expect(403);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: clocks may differ by a minute and not by more")
  void leeway_isOneMinute() {
    client(claims().expirationTime(in(-55))).get("/api/me").expect(200);
    client(claims().notBeforeTime(in(55)).issueTime(in(55))).get("/api/me").expect(200);
    refused("expired", issuer.token(claims().expirationTime(in(-61))));
    refused("not yet", issuer.token(claims().notBeforeTime(in(66))));
    refused("made later than now", issuer.token(claims().issueTime(in(66))));
    TestClient client = client(claims().expirationTime(in(10)));
    client.get("/api/me").expect(200);
    muster.clock().advance(Duration.ofSeconds(71));
    client.get("/api/me").expect(401);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a forged, confused or misdirected token is refused, each in the same words")
  void forgedTokens_areRefused() throws JOSEException {
    RSAKey key = (RSAKey) issuer.key();
    String kid = key.getKeyID();
    ECKey encrypting =
        new ECKey.Builder(SigningKeys.newKey(now()))
            .keyID("encrypts")
            .keyUse(KeyUse.ENCRYPTION)
            .build();
    issuer.add(encrypting);
    client(claims()).get("/api/me").expect(200);
    JWTClaimsSet good = claims().build();
    Map<String, String> bad = new HashMap<>();
    bad.put("another's key", Tokens.sign(FakeIssuer.newKey(kid), JWSAlgorithm.RS256, good));
    bad.put("an algorithm not allowed", Tokens.sign(key, JWSAlgorithm.RS512, good));
    bad.put("HS256 with the public key", Tokens.mac(key.toRSAPublicKey().getEncoded(), kid, good));
    bad.put(
        "HS256 with the public JWK",
        Tokens.mac(key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8), kid, good));
    bad.put("alg none", Tokens.unsigned(kid, good, ""));
    bad.put("a key for something else", Tokens.sign(encrypting, JWSAlgorithm.ES256, good));
    bad.put(
        "an EC signature of an RSA key's name",
        Tokens.sign(SigningKeys.newKey(now()), Tokens.header(JWSAlgorithm.ES256, kid), good));
    bad.put("no kid", Tokens.sign(key, Tokens.header(JWSAlgorithm.RS256, null), good));
    bad.put(
        "its own key beside",
        Tokens.sign(
            FakeIssuer.newKey("x"),
            new JWSHeader.Builder(JWSAlgorithm.RS256)
                .type(JOSEObjectType.JWT)
                .keyID(kid)
                .jwk(FakeIssuer.newKey("x").toPublicJWK())
                .build(),
            good));
    bad.put("another aud", issuer.token(claims().audience("others")));
    bad.put("our own aud", issuer.token(claims().audience("muster")));
    bad.put("no aud", issuer.token(claims().audience((String) null)));
    bad.put("another iss", issuer.token(claims().issuer(issuer.url() + "/")));
    bad.put("no exp", issuer.token(claims().expirationTime(null)));
    bad.put("no sub", issuer.token(claims().subject(null)));
    bad.put("an endless sub", issuer.token(claims().subject("x".repeat(256))));
    bad.put("a sub with a line in it", issuer.token(claims().subject("a\nb")));
    bad.forEach(this::refused);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a new key of the issuer is fetched, at most once a minute")
  void unknownKey_isFetchedOnceAMinute() {
    client(claims()).get("/api/me").expect(200);
    assertThat(issuer.fetches).hasValue(1);
    issuer.rotate();
    String after = issuer.token(claims());
    refused("a key not yet fetched", after);
    assertThat(issuer.fetches).hasValue(1);
    muster.clock().advance(Duration.ofSeconds(60));
    muster.client(after).get("/api/me").expect(200);
    assertThat(issuer.fetches).hasValue(2);
    for (int i = 0; i < 5; i++) {
      refused(
          "made up", Tokens.sign(FakeIssuer.newKey("k" + i), JWSAlgorithm.RS256, claims().build()));
    }
    assertThat(issuer.fetches).hasValue(2);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a key the issuer took back counts no more once the keys are fetched again")
  void keyTakenBack_countsNoMore() {
    TestClient before = client(claims().expirationTime(in(86_400)));
    before.get("/api/me").expect(200);
    issuer.rotate();
    muster.clock().advance(Duration.ofMinutes(61));
    await()
        .untilAsserted(() -> {
          muster.clock().advance(Duration.ofMinutes(5));
          before.get("/api/me").expect(401);
        });
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: while the issuer is away its known keys are good for a day")
  void issuerAway_knownKeysStayGood() {
    client(claims()).get("/api/me").expect(200);
    issuer.mood = FakeIssuer.Mood.BROKEN;
    muster.clock().advance(Duration.ofHours(23));
    client(claims()).get("/api/me").expect(200);
    muster.clock().advance(Duration.ofHours(1));
    String token = issuer.token(claims());
    refused("a day later", token);
    issuer.mood = FakeIssuer.Mood.FINE;
    muster.clock().advance(Duration.ofSeconds(60));
    muster.client(token).get("/api/me").expect(200);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: an issuer that does not answer holds up nobody else, and its own for 5 s")
  void silentIssuer_holdsUpNobody()
      throws InterruptedException, ExecutionException, TimeoutException {
    issuer.mood = FakeIssuer.Mood.SILENT;
    String token = issuer.token(claims());
    CompletableFuture<TestReply> waiting =
        CompletableFuture.supplyAsync(() -> muster.client(token).get("/api/me"));
    await().until(() -> issuer.fetches.get() == 1);
    muster.admin().get("/api/me").expect(200);
    assertThat(waiting).isNotDone();
    assertThat(waiting.get(9, TimeUnit.SECONDS).status()).isEqualTo(401);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a configuration of another issuer, or keys on an open line, are not taken")
  void strangeConfiguration_isNotTaken() {
    issuer.mood = FakeIssuer.Mood.LYING;
    refused("another issuer's configuration", issuer.token(claims()));
    issuer.mood = FakeIssuer.Mood.CARELESS;
    muster.clock().advance(Duration.ofSeconds(60));
    refused("keys over plain HTTP", issuer.token(claims()));
    assertThat(issuer.fetches).hasValue(2);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a command that waits is delivered while its requester's token is good")
  void waitingCommand_isDeliveredWhileTheTokenIsGood() {
    FakeDevice device = muster.enroll("web-1");
    String path = "/v1/devices/" + device.id() + "/commands";
    Map<String, ?> work = Map.of("tool", "bash", "args", Map.of("command", "true"));
    String first = client(claims()).post(path, work).expect(201).text("id");
    device.connect();
    assertThat(device.complete("done").executionId()).isEqualTo(first);
    device.close();

    String second = client(claims()).post(path, work).expect(201).text("id");
    muster.clock().advance(Duration.ofSeconds(400));
    device.connect();
    await()
        .untilAsserted(() -> {
          TestReply command = muster.admin().get("/v1/commands/" + second).expect(200);
          assertThat(command.text("status")).isEqualTo("cancelled");
          assertThat(command.body()).contains("the requester's right was withdrawn");
        });
  }
}
