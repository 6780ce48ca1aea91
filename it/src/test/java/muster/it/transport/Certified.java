package muster.it.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// A TLS client that shows a certificate, or none, and the keys and requests it takes to have one.
final class Certified {
  private final URI base;
  private final SSLContext context;

  private Certified(TestMuster muster, KeyManager... own) {
    this.base = URI.create("https://127.0.0.1:" + muster.port());
    try {
      KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
      trust.load(null, null);
      byte[] ca = muster.anonymous().get("/install/ca.pem").expect(200).bytes();
      trust.setCertificateEntry("ca", chain(new String(ca, StandardCharsets.US_ASCII))[0]);
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(trust);
      context = SSLContext.getInstance("TLS");
      context.init(own, trusted.getTrustManagers(), null);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Without a certificate.
  static Certified withNothing(TestMuster muster) {
    return new Certified(muster);
  }

  /// With the certificates in `pem`, the client's own first.
  static Certified with(TestMuster muster, String pem, PrivateKey key) {
    try {
      return new Certified(muster, new Insistent(chain(pem), key));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// With a certificate and the private key beside it.
  static Certified with(TestMuster muster, String bundle) {
    return with(muster, bundle, privateKey(bundle));
  }

  static X509Certificate certificate(String pem) {
    try {
      return chain(pem)[0];
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static X509Certificate[] chain(String pem) throws GeneralSecurityException {
    int end = pem.lastIndexOf("-----END CERTIFICATE-----") + "-----END CERTIFICATE-----\n".length();
    byte[] certificates =
        pem.substring(pem.indexOf("-----BEGIN CERTIFICATE"), end)
            .getBytes(StandardCharsets.US_ASCII);
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(certificates))
        .toArray(X509Certificate[]::new);
  }

  static PrivateKey privateKey(String pem) {
    String begin = "-----BEGIN PRIVATE KEY-----";
    String encoded =
        pem.substring(pem.indexOf(begin) + begin.length(), pem.indexOf("-----END PRIVATE KEY"));
    try {
      return KeyFactory.getInstance("EC")
          .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(encoded)));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static KeyPair newKey() {
    return newKey("EC", "secp256r1");
  }

  /// @param size a curve's name, a number of bits, or empty where there is no choice
  static KeyPair newKey(String algorithm, String size) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("RSA")) {
        generator.initialize(Integer.parseInt(size));
      } else if (!size.isEmpty()) {
        generator.initialize(new ECGenParameterSpec(size));
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A certification request whose subject claims to be somebody else.
  static String csr(KeyPair key) {
    return csr(key.getPublic(), key);
  }

  /// As above, for one key and signed with another.
  static String csr(PublicKey wanted, KeyPair signer) {
    String signature =
        switch (signer.getPublic().getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(
          new JcaPKCS10CertificationRequestBuilder(
                  new X500Principal("CN=dev_somebodyelse00"), wanted)
              .build(new JcaContentSignerBuilder(signature).build(signer.getPrivate())));
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }

  /// A certificate that vouches for itself.
  static String selfSigned(KeyPair key, String name) {
    X500Name subject = new X500Name("CN=" + name);
    Date now = new Date();
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(
          new JcaX509v3CertificateBuilder(
                  subject,
                  BigInteger.ONE,
                  new Date(now.getTime() - 60_000),
                  new Date(now.getTime() + 3_600_000),
                  subject,
                  key.getPublic())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }

  /// A new client, whose connections take up the TLS sessions of the last one.
  HttpClient client() {
    return HttpClient.newBuilder().sslContext(context).build();
  }

  /// @param sessionSince when the TLS session was agreed on, on this connection or an earlier one
  record Exchange(String statusLine, long sessionSince) {}

  /// A report over a connection of its own, which takes up the TLS session of the last one.
  Exchange reportOnce(String device, String tlsVersion) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(base.getHost(), base.getPort())) {
      socket.setEnabledProtocols(new String[] {tlsVersion});
      String request =
          """
          POST /api/agents/%s/report HTTP/1.1\r
          Host: localhost\r
          Content-Type: application/json\r
          Content-Length: 2\r
          Connection: close\r
          \r
          {}\
          """
              .formatted(device);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return new Exchange(
          answer.lines().findFirst().orElse(""), socket.getSession().getCreationTime());
    }
  }

  TestReply report(String device) throws IOException {
    return post("/api/agents/" + device + "/report", "{\"cpu_percent\":1}", Map.of());
  }

  TestReply post(String path, String body, Map<String, String> headers) throws IOException {
    return send("POST", path, HttpRequest.BodyPublishers.ofString(body), headers);
  }

  TestReply get(String path, Map<String, String> headers) throws IOException {
    return send("GET", path, HttpRequest.BodyPublishers.noBody(), headers);
  }

  private TestReply send(
      String method, String path, HttpRequest.BodyPublisher body, Map<String, String> headers)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .header("Content-Type", "application/json")
            .method(method, body);
    headers.forEach(request::header);
    try (HttpClient client = client()) {
      HttpResponse<byte[]> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new TestReply(
          method + " " + path, response.statusCode(), response.headers(), response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
