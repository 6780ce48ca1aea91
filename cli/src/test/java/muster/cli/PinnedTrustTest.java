package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PinnedTrustTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir private static Path folder;
  private static KeyStore store = emptyStore();

  private static KeyStore emptyStore() {
    try {
      return KeyStore.getInstance("PKCS12");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// `ca` signs `server`, `device` and `old`; `rogue` signs itself.
  @BeforeAll
  static void makeCertificates() throws Exception {
    keytool("ca", "-ext", "bc:c=ca:true");
    keytool("server", "-signer", "ca", "-ext", "eku=serverAuth");
    keytool("device", "-signer", "ca", "-ext", "eku=clientAuth");
    keytool(
        "old", "-signer", "ca", "-ext", "eku=serverAuth", "-startdate", "-9d", "-validity", "2");
    keytool("rogue", "-ext", "eku=serverAuth");
    try (InputStream file = Files.newInputStream(folder.resolve("store"))) {
      store.load(file, PASSWORD);
    }
  }

  private static void keytool(String alias, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                "CN=" + alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                folder.resolve("store").toString()));
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
  }

  private static X509Certificate certificate(String alias) throws GeneralSecurityException {
    return (X509Certificate) store.getCertificate(alias);
  }

  private static String pin(String alias) throws GeneralSecurityException {
    byte[] key = certificate(alias).getPublicKey().getEncoded();
    return "sha256/"
        + Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
  }

  private static void check(String pinned, String... chain) throws GeneralSecurityException {
    X509Certificate[] certificates = new X509Certificate[chain.length];
    for (int i = 0; i < chain.length; i++) {
      certificates[i] = certificate(chain[i]);
    }
    new PinnedTrust(pin(pinned)).checkServerTrusted(certificates, "ECDHE_ECDSA");
  }

  @Test
  void chainUnderThePinnedCa_isTrusted() {
    assertThatCode(() -> check("ca", "server", "ca")).doesNotThrowAnyException();
    assertThatCode(() -> check("server", "server", "ca")).doesNotThrowAnyException();
  }

  @Test
  void everythingElse_isNot() {
    assertRefused("the chain does not contain the pinned CA", "ca", "server");
    assertRefused("the chain does not contain the pinned CA", "ca", "rogue");
    assertRefused("not signed under the pinned CA", "ca", "rogue", "ca");
    assertRefused("not signed under the pinned CA", "ca", "rogue", "server", "ca");
    assertRefused("not signed under the pinned CA", "ca", "old", "ca");
    assertRefused("not marked for servers", "ca", "device", "ca");
  }

  private static void assertRefused(String message, String pinned, String... chain) {
    assertThatThrownBy(() -> check(pinned, chain))
        .as(Arrays.toString(chain))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining(message);
  }

  @Test
  void overTheWire_theNameNeedNotMatch() throws Exception {
    try (FakeServer server = tls("server").on("GET /v1/devices", Samples.devices())) {
      assertThat(devices(server, "--ca-pin", pin("ca"))).isEqualTo(new Cli(0, HEADER, ""));
      assertThat(devices(server, "--ca-pin", pin("rogue")).err())
          .contains("its certificate does not fit the pinned CA");
      Cli unpinned = devices(server);
      assertThat(unpinned.exit()).isEqualTo(Exit.UNREACHABLE);
      assertThat(unpinned.err()).contains("not trusted", "--ca-pin");
      assertThat(server.requests).hasSize(1);
    }
  }

  private static final String HEADER =
      "NAME\tSTATUS\tTAGS\tCPU\tMEM\tDISK\tLAST SEEN\tTYPE\tAGENT\tID\n";

  private static Cli devices(FakeServer server, String... more) {
    List<String> args = new ArrayList<>(List.of("devices"));
    args.addAll(List.of(more));
    return Cli.run(server, new FakeTerminal(), args.toArray(String[]::new));
  }

  private static FakeServer tls(String alias) throws Exception {
    KeyStore own = emptyStore();
    own.load(null, PASSWORD);
    own.setKeyEntry(
        "own", store.getKey(alias, PASSWORD), PASSWORD, store.getCertificateChain(alias));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return new FakeServer(context);
  }
}
