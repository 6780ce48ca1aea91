package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// fleetd's devices and the certificates they get when they register.
class RpcCertificateTest {
  private static final String SERVICE = "/fleetd.v1.DeviceService/";

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply register(TestClient client, String id, Map<String, String> more) {
    Map<String, String> message = new HashMap<>(more);
    message.put("device_id", id);
    return client.post(SERVICE + "RegisterDevice", message);
  }

  private static TestReply call(Certified client, String method, String id) throws IOException {
    return client.post(SERVICE + method, "{\"device_id\":\"" + id + "\"}", Map.of());
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: a machine that sends a certification request gets a certificate for its key")
  void register_byRequest() throws Exception {
    KeyPair key = Certified.newKey();
    String pem =
        register(muster.admin(), "with-csr", Map.of("csr", Certified.csr(key)))
            .expect(200)
            .text("certificate");

    assertThat(pem).doesNotContain("PRIVATE KEY").endsWith("-----END CERTIFICATE-----\n");
    assertThat(Certified.certificate(pem).getPublicKey()).isEqualTo(key.getPublic());
    Certified machine = Certified.with(muster, pem, key.getPrivate());
    call(machine, "Heartbeat", "with-csr").expect(200);
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: a machine that sends none gets the key with it, and both end together")
  void register_withoutARequest() throws IOException {
    TestReply first = register(muster.admin(), "without-csr", Map.of()).expect(200);
    TestReply again = register(muster.admin(), "without-csr", Map.of()).expect(200);

    call(Certified.with(muster, first.text("certificate")), "Heartbeat", "without-csr").expect(401);
    Certified machine = Certified.with(muster, again.text("certificate"));
    call(machine, "Heartbeat", "without-csr").expect(200);
    String next = machine.post("/v1/device/certificate", "{}", Map.of()).text("certificate");
    call(Certified.with(muster, next), "Heartbeat", "without-csr").expect(200);
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: an enrolment token is good for a certificate too")
  void register_byEnrolmentToken() throws IOException {
    TestClient machine = muster.client(muster.enrollmentToken());
    TestReply registered = register(machine, "by-token", Map.of()).expect(200);
    call(Certified.with(muster, registered.text("certificate")), "Heartbeat", "by-token")
        .expect(200);
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: a request that is none makes no device")
  void register_byABadRequest() {
    TestReply refused = register(muster.admin(), "bad-csr", Map.of("csr", "x")).expect(400);
    assertThat(refused.body()).contains("INVALID_ARGUMENT", "csr: ");
    muster.admin().get("/v1/devices/bad-csr").expect(404);
  }

  @Test
  @Tag("F088")
  @DisplayName("F088: a long id is cut in the common name, and whole in the URI")
  void register_longId() throws Exception {
    String id = "x".repeat(128);
    String bundle = register(muster.admin(), id, Map.of()).expect(200).text("certificate");
    X509Certificate certificate = Certified.certificate(bundle);
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=" + "x".repeat(64));
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactly(List.of(6, "muster:device:" + id));
    call(Certified.with(muster, bundle), "Heartbeat", id).expect(200);
  }

  @Test
  @Tag("F071")
  @DisplayName("F071: a certificate is a device's credential for every method")
  void certificate_isADevicesCredential() throws IOException {
    String other = register(muster.admin(), "other", Map.of()).expect(200).text("apiKey");
    TestReply registered = register(muster.admin(), "rpc", Map.of()).expect(200);
    Certified machine = Certified.with(muster, registered.text("certificate"));

    call(machine, "GetDevice", "rpc").expect(200);
    call(machine, "GetDevice", "other").expect(404);
    call(machine, "Heartbeat", "other").expect(403);
    call(machine, "ListDevices", "rpc").expect(403);
    Map<String, String> token = Map.of("Authorization", "Bearer " + registered.text("apiKey"));
    String heartbeat = "{\"device_id\":\"rpc\"}";
    machine.post(SERVICE + "Heartbeat", heartbeat, token).expect(200);
    machine
        .post(SERVICE + "Heartbeat", heartbeat, Map.of("Authorization", "Bearer " + other))
        .expect(401);

    muster.admin().post("/api/devices/rpc/block", Map.of()).expect(200);
    call(machine, "Heartbeat", "rpc").expect(403);
    muster.admin().delete("/v1/devices/rpc").expect(204);
    call(machine, "Heartbeat", "rpc").expect(401);
  }
}
