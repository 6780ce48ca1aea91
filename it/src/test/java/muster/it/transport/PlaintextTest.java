package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Optional;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Bypass;
import muster.http.Denials;
import muster.http.Limits;
import muster.http.Pipeline;
import muster.http.TrustedProxies;
import muster.server.Config;
import muster.server.MusterServer;
import muster.store.SqlAuditStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;
import muster.testkit.RawConnection;
import muster.testkit.TestClock;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Plain HTTP is for this machine only.
class PlaintextTest {
  @TempDir Path directory;

  private static Optional<String> addressOfThisMachine() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .map(InetAddress::getHostAddress)
        .findFirst();
  }

  private MusterServer started(boolean plaintext) {
    Config.Server server =
        new Config.Server(
            "0.0.0.0", 0, Optional.empty(), false, plaintext, 100, 0, 0, TrustedProxies.none());
    return MusterServer.start(
        Config.defaults().withData(directory).withServer(server),
        new TestClock(),
        Optional.empty());
  }

  private static RawConnection.Answer ask(String host, MusterServer server, String request) {
    try (RawConnection connection = RawConnection.to(host, server.port())) {
      connection.send(request);
      return connection.answer();
    }
  }

  @Test
  void plaintext_fromAnotherAddress_isRefused() throws SocketException {
    Optional<String> address = addressOfThisMachine();
    Assumptions.assumeTrue(address.isPresent(), "this machine has the loopback address only");
    String host = address.get();
    try (MusterServer server = started(false)) {
      String key = server.firstKey().orElseThrow().token().text();
      for (String path : new String[] {"/healthz", "/api/me", "/device/ws?token=x", "/install"}) {
        RawConnection.Answer answer =
            ask(
                host,
                server,
                "GET %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n"
                    .formatted(path, host, key));
        assertThat(answer.status()).as(path).isEqualTo(403);
        assertThat(answer.body())
            .contains("plain HTTP is answered on this machine only; use https://");
        assertThat(answer.header("location")).isEmpty();
      }
      RawConnection.Answer local =
          ask("127.0.0.1", server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(local.status()).isEqualTo(200);
    }
  }

  @Test
  void plaintext_whenConfigured_isAnsweredEverywhere() throws SocketException {
    Optional<String> address = addressOfThisMachine();
    Assumptions.assumeTrue(address.isPresent(), "this machine has the loopback address only");
    try (MusterServer server = started(true)) {
      RawConnection.Answer answer =
          ask(address.get(), server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(answer.status()).isEqualTo(200);
      // Still no install command without an address to give away.
      RawConnection.Answer install =
          ask(address.get(), server, "GET /install HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(install.status()).isEqualTo(503);
      assertThat(install.body()).contains("server.public_url is not set");
    }
  }

  /// The decision by itself, for machines that have no other address.
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, false, true",
    "127.9.9.9, false, true",
    "::1, false, true",
    "::ffff:127.0.0.1, false, true",
    "192.0.2.7, false, false",
    "10.0.0.1, false, false",
    "169.254.1.1, false, false",
    "0.0.0.0, false, false",
    "2001:db8::1, false, false",
    "::ffff:192.0.2.7, false, false",
    "192.0.2.7, true, true"
  })
  void decision_byAddress(String address, boolean configured, boolean taken) {
    try (SqliteDatabase database = SqliteDatabase.open(directory.resolve("test.db"), 1)) {
      Credentials credentials =
          new Credentials(
              database,
              new SqlCredentialStore(database),
              new SqlUserStore(database),
              DeviceFields::scope,
              new TestClock());
      TestClock clock = new TestClock();
      Audit audit = new Audit(database, new SqlAuditStore(database), clock);
      Pipeline pipeline =
          new Pipeline(
              credentials,
              new Denials(audit, clock),
              new Bypass(audit, clock),
              Limits.defaults(),
              configured,
              clock,
              new SimpleMeterRegistry());
      ServiceRequestContext context =
          ServiceRequestContext.builder(HttpRequest.of(HttpMethod.GET, "/healthz"))
              .remoteAddress(new InetSocketAddress(InetAddress.ofLiteral(address), 40_000))
              .build();
      if (taken) {
        assertThatCode(() -> pipeline.requireSafeTransport(context)).doesNotThrowAnyException();
      } else {
        assertThatThrownBy(() -> pipeline.requireSafeTransport(context))
            .isInstanceOfSatisfying(
                Fault.class,
                fault -> assertThat(fault.code()).isEqualTo(FaultCode.PERMISSION_DENIED));
      }
    }
  }
}
