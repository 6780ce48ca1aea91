package muster.agent.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Keys and certificates for TLS tests, made by the JDK's keytool in one PKCS#12 store: `ca`, and
/// from it `server`, `localhost` (that name), `client` (not for servers), `expired`, and
/// `intermediate` with its `leaf` and its `elsewhere` (the name away.example).
public final class TestCertificates {
  private static final String PASSWORD = "changeit";

  private final Path file;

  private TestCertificates(Path file) {
    this.file = file;
  }

  public static TestCertificates make(Path directory) throws Exception {
    TestCertificates made = new TestCertificates(directory.resolve("store.p12"));
    made.keytool("-genkeypair", "-alias", "ca", "-dname", "CN=ca", "-ext", "bc:c");
    made.issue("server", "serverAuth");
    made.issue("localhost", "serverAuth", "-ext", "san=dns:localhost");
    made.issue("client", "clientAuth");
    made.issue("expired", "serverAuth", "-startdate", "-10d", "-validity", "5");
    made.keytool("-genkeypair", "-alias", "other", "-dname", "CN=other");
    made.issueBy("ca", "intermediate", "-ext", "bc:c");
    made.issueBy("intermediate", "leaf", "-ext", "eku=serverAuth");
    made.issueBy(
        "intermediate", "elsewhere", "-ext", "eku=serverAuth", "-ext", "san=dns:away.example");
    return made;
  }

  /// What runs while this JVM's authorities are these alone.
  public interface Action {
    void run() throws Exception;
  }

  /// Makes `ca` the one authority that the system trusts, for as long as `action` takes.
  public void whileTrusted(Action action) throws Exception {
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    one.setCertificateEntry("ca", store().getCertificate("ca"));
    Path trusted = file.resolveSibling("trusted.p12");
    try (OutputStream out = Files.newOutputStream(trusted)) {
      one.store(out, PASSWORD.toCharArray());
    }
    System.setProperty("javax.net.ssl.trustStore", trusted.toString());
    System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
    try {
      action.run();
    } finally {
      System.clearProperty("javax.net.ssl.trustStore");
      System.clearProperty("javax.net.ssl.trustStorePassword");
    }
  }

  public CaPin pin(String alias) throws GeneralSecurityException, IOException {
    return CaPin.of((X509Certificate) store().getCertificate(alias));
  }

  /// What a server with this certificate sends: it and its CA.
  X509Certificate[] chain(String alias) throws GeneralSecurityException, IOException {
    List<X509Certificate> chain = new ArrayList<>();
    for (var certificate : store().getCertificateChain(alias)) {
      chain.add((X509Certificate) certificate);
    }
    return chain.toArray(new X509Certificate[0]);
  }

  /// A client's TLS that trusts `ca` and looks at names.
  public SSLContext trusting() throws GeneralSecurityException, IOException {
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    one.setCertificateEntry("ca", store().getCertificate("ca"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(one);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /// A server's TLS with this certificate, its whole chain sent.
  public SSLContext context(String alias) throws GeneralSecurityException, IOException {
    return context(alias, chain(alias).length);
  }

  /// As [#context(String)], but of the chain only so many certificates are sent.
  public SSLContext context(String alias, int sent) throws GeneralSecurityException, IOException {
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    char[] password = PASSWORD.toCharArray();
    one.setKeyEntry(
        alias, store().getKey(alias, password), password, Arrays.copyOf(chain(alias), sent));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(one, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private KeyStore store() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private void issue(String alias, String use, String... more) throws Exception {
    List<String> extensions = new ArrayList<>(List.of("-ext", "eku=" + use));
    extensions.addAll(List.of(more));
    issueBy("ca", alias, extensions.toArray(new String[0]));
  }

  private void issueBy(String signer, String alias, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("-genkeypair", "-alias", alias, "-signer", signer, "-dname", "CN=" + alias));
    arguments.addAll(List.of(more));
    keytool(arguments.toArray(new String[0]));
  }

  private void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of(
            "-keystore",
            file.toString(),
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1"));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes());
    if (keytool.waitFor() != 0) {
      throw new IOException(said);
    }
  }
}
