package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muster.http.Limits;
import muster.jwt.SigningKeys;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The server's own JWTs.
class JwtTest {
  private static final String REFUSAL = "the token is unknown, expired or revoked";
  private static final String PASSWORD = "a good password";

  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private static TestReply issue(TestClient client) {
    return client.post("/v1/jwt", Map.of()).expect(201);
  }

  private TestClient withJwtOf(TestClient client) {
    return muster.client(issue(client).text("token"));
  }

  private TestClient session(String role) {
    Map<String, String> user = Map.of("username", "anna", "password", PASSWORD, "role", role);
    muster.admin().post("/api/users", user).expect(201);
    return muster.client(muster.anonymous().post("/api/login", user).expect(200).text("token"));
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path keyFile() {
    return muster.data().resolve("server/jwt.keys");
  }

  private ECKey key() {
    try {
      return (ECKey) JWKSet.load(keyFile().toFile()).getKeys().getFirst();
    } catch (IOException | ParseException e) {
      throw new AssertionError(e);
    }
  }

  /// What a good token of the administrator says, to be made worse.
  private JWTClaimsSet.Builder claims() {
    try {
      return new JWTClaimsSet.Builder(
          SignedJWT.parse(issue(muster.admin()).text("token")).getJWTClaimsSet());
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  private Date in(long seconds) {
    return Date.from(muster.clock().instant().plusSeconds(seconds));
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a JWT says whose it is and until when, and the open keys check it")
  void jwt_canBeCheckedByAnybody() throws ParseException, JOSEException {
    Instant before = muster.clock().instant();
    TestReply issued =
        muster.withRole("operator").post("/v1/jwt", Map.of("ttl_seconds", 60)).expect(201);
    SignedJWT jwt = SignedJWT.parse(issued.text("token"));

    TestReply open = muster.anonymous().get("/.well-known/jwks.json").expect(200);
    assertThat(open.body()).doesNotContain("\"d\":");
    JWKSet keys = JWKSet.parse(open.body());
    ECKey key = (ECKey) keys.getKeyByKeyId(jwt.getHeader().getKeyID());
    assertThat(jwt.verify(new ECDSAVerifier(key))).isTrue();
    assertThat(jwt.getHeader().getAlgorithm()).isEqualTo(JWSAlgorithm.ES256);

    JWTClaimsSet claims = jwt.getJWTClaimsSet();
    assertThat(claims.getIssuer()).startsWith("urn:muster:");
    assertThat(claims.getAudience()).containsExactly("muster");
    assertThat(claims.getSubject()).startsWith("key:key_");
    assertThat(claims.getStringClaim("cid")).startsWith("key_");
    assertThat(claims.getJWTID()).startsWith("jwt_");
    assertThat(claims.getExpirationTime().toInstant())
        .isEqualTo(issued.text("expires_at"))
        .isBetween(before.plusSeconds(59), before.plusSeconds(62));
    JsonNode row = muster.admin().get("/v1/audit?action=jwt.create").at("/entries/0");
    assertThat(row.path("detail").path("credential").asText())
        .isEqualTo(claims.getStringClaim("cid"));
    assertThat(row.path("target").asText())
        .isEqualTo(claims.getJWTID())
        .isEqualTo(issued.text("id"));
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: an impossible life is refused by name")
  void impossibleLife_isRefused() {
    for (String seconds :
        List.of("0", "-1", "3601", "9223372036854775807", "1.5", "\"60\"", "null")) {
      assertThat(
              muster
                  .admin()
                  .post("/v1/jwt", "{\"ttl_seconds\":%s}".formatted(seconds))
                  .expect(400)
                  .text("detail"))
          .startsWith("ttl_seconds: ");
    }
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a JWT is good for 15 minutes to the second, one used a moment before too")
  void jwt_ends() {
    muster.clock().hold();
    TestReply issued = issue(muster.admin());
    TestClient client = muster.client(issued.text("token"));
    Instant end = Instant.parse(issued.text("expires_at"));
    Instant now = muster.clock().instant();
    assertThat(end).isBetween(now.plusSeconds(899), now.plusSeconds(900));
    muster.clock().advance(Duration.between(now, end).minusMillis(1));
    client.get("/api/me").expect(200);
    muster.clock().advance(Duration.ofMillis(1));
    assertThat(client.get("/api/me").expect(401).text("message")).isEqualTo(REFUSAL);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a JWT ends no later than the key it was made from")
  void jwt_doesNotOutliveItsKey() {
    TestReply key =
        muster
            .admin()
            .post(
                "/api/auth/keys",
                Map.of("name", "short", "role", "viewer", "expires_in_seconds", 60))
            .expect(201);
    Instant end = Instant.parse(issue(muster.client(key.text("key"))).text("expires_at"));
    assertThat(end).isBeforeOrEqualTo(muster.clock().instant().plusSeconds(60));
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a JWT is dead at once when its session, key or user is")
  void jwt_diesWithItsCredential() {
    TestClient session = session("operator");
    TestClient ofSession = withJwtOf(session);
    ofSession.get("/v1/commands").expect(200);
    session.post("/api/logout", Map.of()).expect(204);
    ofSession.get("/v1/commands").expect(401);

    TestReply key =
        muster.admin().post("/api/auth/keys", Map.of("name", "k", "role", "viewer")).expect(201);
    TestClient ofKey = withJwtOf(muster.client(key.text("key")));
    ofKey.get("/api/me").expect(200);
    muster.admin().delete("/api/auth/keys/" + key.text("id")).expect(204);
    ofKey.get("/api/me").expect(401);

    for (Map<String, ?> change : List.of(Map.of("role", "viewer"), Map.of("disabled", true))) {
      TestClient again =
          withJwtOf(
              muster.client(
                  muster
                      .anonymous()
                      .post("/api/login", Map.of("username", "anna", "password", PASSWORD))
                      .expect(200)
                      .text("token")));
      again.get("/api/me").expect(200);
      muster.admin().patch("/api/users/anna", change).expect(200);
      again.get("/api/me").expect(401);
    }
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a JWT has the role and the scope of its credential")
  void jwt_hasTheRightsOfItsCredential() {
    FakeDevice inside = muster.enroll("inside");
    FakeDevice outside = muster.enroll("outside");
    muster.admin().patch("/v1/devices/" + inside.id(), Map.of("tags", List.of("lab"))).expect(200);
    TestClient client =
        withJwtOf(muster.withKey(Map.of("name", "fenced", "role", "operator", "scope", "tag:lab")));
    client.get("/v1/devices/" + inside.id()).expect(200);
    client.get("/v1/devices/" + outside.id()).expect(404);
    client.delete("/v1/devices/" + inside.id()).expect(403);
    TestReply me = client.get("/api/me").expect(200);
    assertThat(me.text("scope")).isEqualTo("tag:lab");
    assertThat(me.text("role")).isEqualTo("operator");
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: with a JWT one gets nothing that outlives it")
  void jwt_makesNoCredential() {
    TestClient client = withJwtOf(muster.admin());
    client.get("/v1/devices").expect(200);
    assertThat(client.post("/v1/jwt", Map.of()).expect(403).text("detail"))
        .isEqualTo("a JWT is made from a session or an API key only");
    assertThat(
            client
                .post("/api/auth/keys", Map.of("name", "x", "role", "viewer"))
                .expect(403)
                .text("message"))
        .isEqualTo("a JWT has no permission key:manage; show the credential it was made from");
    client
        .post("/api/users", Map.of("username", "x", "password", PASSWORD, "role", "owner"))
        .expect(403);
    client.post("/v1/devices/enrollment", Map.of()).expect(403);
    client.post("/api/devices/pair", Map.of()).expect(403);
    client.post("/api/agents", Map.of("label", "x")).expect(403);
    client.post("/v1/backup", Map.of()).expect(403);
    assertThat(client.get("/api/me").at("permissions"))
        .extracting(JsonNode::asText)
        .contains("device:delete", "audit:view")
        .doesNotContain("key:manage", "user:manage", "device:register", "server:backup");
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: what a JWT's holder does is on record as its credential's deed")
  void deedsByJwt_areItsPrincipals() {
    FakeDevice device = muster.enroll("web-1");
    TestClient client = withJwtOf(session("operator"));
    client.patch("/v1/devices/" + device.id(), Map.of("name", "web-2")).expect(200);
    assertThat(muster.admin().get("/v1/audit?action=device.update").at("/entries/0/actor").asText())
        .isEqualTo("user:anna");
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: no device gets a JWT, and a JWT is no device's token")
  void jwt_isForPeople() {
    FakeDevice device = muster.enroll("web-1");
    muster.client(device.token()).post("/v1/jwt", Map.of()).expect(403);
    TestClient client = withJwtOf(muster.admin());
    client.get("/device/ws").expect(401);
    client.get("/v1/agent/ws").expect(401);
    muster.anonymous().post("/v1/jwt", Map.of()).expect(401);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a forged, confused or misdirected token is refused, each in the same words")
  void forgedTokens_areRefused() throws JOSEException {
    ECKey key = key();
    JWTClaimsSet good = claims().build();
    String token = Tokens.sign(key, JWSAlgorithm.ES256, good);
    muster.client(token).get("/api/me").expect(200);

    ECKey stranger =
        new ECKey.Builder(SigningKeys.newKey(muster.clock().instant()))
            .keyID(key.getKeyID())
            .build();
    String[] parts = token.split("\\.");
    byte[] pem = key.toECPublicKey().getEncoded();
    byte[] jwk = key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8);
    Map<String, String> bad = new HashMap<>();
    bad.put("another's signature", Tokens.sign(stranger, JWSAlgorithm.ES256, good));
    bad.put("HS256 with the public key", Tokens.mac(pem, key.getKeyID(), good));
    bad.put("HS256 with the public JWK", Tokens.mac(jwk, key.getKeyID(), good));
    bad.put("alg none", Tokens.unsigned(key.getKeyID(), good, ""));
    bad.put("alg none with a signature", Tokens.unsigned(key.getKeyID(), good, parts[2]));
    bad.put("no signature", parts[0] + "." + parts[1] + ".");
    bad.put("a signature of zeros", parts[0] + "." + parts[1] + "." + "A".repeat(86));
    bad.put(
        "changed claims",
        parts[0]
            + "."
            + Tokens.part(Tokens.part(token, 1).replace("jwt_", "jwt-"))
            + "."
            + parts[2]);
    bad.put("another aud", signed(claims().audience("other")));
    bad.put("no aud", signed(claims().audience((String) null)));
    bad.put("another iss", signed(claims().issuer("https://login.example.com")));
    bad.put("no iss", signed(claims().issuer(null)));
    bad.put("no exp", signed(claims().expirationTime(null)));
    bad.put("expired", signed(claims().expirationTime(in(-1))));
    bad.put("not yet", signed(claims().notBeforeTime(in(90))));
    bad.put("made later than now", signed(claims().issueTime(in(90))));
    bad.put("no credential", signed(claims().claim("cid", null)));
    bad.put("a credential that is none", signed(claims().claim("cid", "key_none")));
    bad.put("an unknown key", Tokens.sign(key, Tokens.header(JWSAlgorithm.ES256, "unknown"), good));
    bad.put("no kid", Tokens.sign(key, Tokens.header(JWSAlgorithm.ES256, null), good));
    bad.put(
        "another type",
        Tokens.sign(
            key,
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .type(new com.nimbusds.jose.JOSEObjectType("dpop+jwt"))
                .keyID(key.getKeyID())
                .build(),
            good));
    bad.put(
        "a header that must be understood",
        Tokens.sign(
            key,
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .keyID(key.getKeyID())
                .criticalParams(Set.of("x"))
                .customParam("x", 1)
                .build(),
            good));
    bad.put("nothing between dots", "..");
    bad.put("no JSON", "a.b.c");
    bad.put("a list", Tokens.part("[]") + "." + Tokens.part("[]") + ".AAAA");
    bad.put("8 KiB and more", signed(claims().claim("pad", "x".repeat(6200))));
    bad.forEach((what, text) ->
        assertThat(muster.client(text).get("/api/me"))
            .as(what)
            .returns(401, TestReply::status)
            .returns(REFUSAL, reply -> reply.text("message")));
  }

  private String signed(JWTClaimsSet.Builder claims) {
    return Tokens.sign(key(), JWSAlgorithm.ES256, claims.build());
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a clock that was set back by a minute refuses no JWT made before")
  void clockSetBack_refusesNoJwt() {
    TestClient client = withJwtOf(muster.admin());
    muster.clock().jump(Duration.ofSeconds(-58));
    client.get("/api/me").expect(200);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: of two keys in the file both check and the newest signs; a restart ends none")
  void keys_canBeRotated() throws IOException, ParseException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile())))
        .isEqualTo("rw-------");
    TestClient before = withJwtOf(muster.admin());
    ECKey next = SigningKeys.newKey(muster.clock().instant().plusSeconds(1));
    muster.stop();
    List<com.nimbusds.jose.jwk.JWK> keys = new ArrayList<>(List.of(next));
    keys.addAll(JWKSet.load(keyFile().toFile()).getKeys());
    Files.writeString(keyFile(), new JWKSet(keys).toString(false));
    muster.startAgain();

    before.get("/api/me").expect(200);
    String after = issue(muster.admin()).text("token");
    muster.client(after).get("/api/me").expect(200);
    assertThat(json(Tokens.part(after, 0)).path("kid").asText()).isEqualTo(next.getKeyID());
    assertThat(muster.anonymous().get("/.well-known/jwks.json").at("/keys")).hasSize(2);
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: wrong JWTs count as guesses; one that was good a moment ago still is")
  void wrongJwts_countAsGuesses() {
    Limits off = Limits.off();
    try (TestMuster guarded =
        TestMuster.start(config ->
            config.withLimits(
                new Limits(
                    0, 0, 0, 3, off.concurrentRequests(), off.concurrentStreams(), 0, 0, 0)))) {
      TestClient good = guarded.client(issue(guarded.admin()).text("token"));
      good.get("/api/me").expect(200);
      TestClient wrong = guarded.client("a.b.c");
      List<Integer> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        answers.add(wrong.get("/api/me").status());
      }
      assertThat(answers).startsWith(401, 401, 401).endsWith(429);
      good.get("/api/me").expect(200);
    }
  }
}
