package muster.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority for this installation alone, made at first start, and the server's
/// certificate from it. Agents pin the CA's key, so names need not match and a renewed server
/// certificate changes nothing for them; the server's key stays the same over renewals, because
/// install commands pin that one.
public final class LocalCa {
  private static final Duration CA_LIFE = Duration.ofDays(3650);
  private static final Duration SERVER_LIFE = Duration.ofDays(365);
  private static final Duration RENEW_BEFORE = Duration.ofDays(60);
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

  private final X509Certificate ca;
  private final PrivateKey caKey;
  private final PrivateKey serverKey;
  private final X509Certificate server;

  private LocalCa(
      X509Certificate ca, PrivateKey caKey, PrivateKey serverKey, X509Certificate server) {
    this.ca = ca;
    this.caKey = caKey;
    this.serverKey = serverKey;
    this.server = server;
  }

  /// Reads or makes the files in `directory`, and renews the server's certificate when it runs out
  /// or `names` (host names and addresses) has one it does not cover.
  public static LocalCa open(Path directory, Collection<String> names, Instant now) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path caKeyFile = directory.resolve("ca.key");
    Path caFile = directory.resolve("ca.pem");
    Path keyFile = directory.resolve("server.key");
    Path certFile = directory.resolve("server.pem");
    if (!Files.exists(caFile)) {
      KeyPair pair = newKey();
      Pem.save(caKeyFile, pair.getPrivate());
      Pem.save(caFile, issueCa(pair, now));
    }
    X509Certificate ca = Pem.certificate(caFile);
    PrivateKey caKey = Pem.privateKey(caKeyFile);
    if (!Files.exists(keyFile)) {
      KeyPair pair = newKey();
      Pem.save(keyFile, pair.getPrivate());
      Pem.save(certFile, issueServer(ca, caKey, pair.getPublic(), names, now));
    }
    X509Certificate server = Pem.certificate(certFile);
    if (mustRenew(server, names, now)) {
      server = issueServer(ca, caKey, server.getPublicKey(), names, now);
      Pem.save(certFile, server);
    }
    return new LocalCa(ca, caKey, Pem.privateKey(keyFile), server);
  }

  private static boolean mustRenew(
      X509Certificate certificate, Collection<String> names, Instant now) {
    try {
      Set<String> covered = new TreeSet<>();
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        alternatives.forEach(name -> covered.add(canonical(String.valueOf(name.get(1)))));
      }
      return !covered.containsAll(names.stream().map(LocalCa::canonical).toList())
          || certificate.getNotAfter().toInstant().isBefore(now.plus(RENEW_BEFORE));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String canonical(String name) {
    if (!ADDRESS.matcher(name).matches()) {
      return name;
    }
    try {
      return java.net.InetAddress.ofLiteral(name).getHostAddress();
    } catch (IllegalArgumentException e) {
      return name;
    }
  }

  static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has P-256", e);
    }
  }

  private static X509Certificate issueCa(KeyPair pair, Instant now) {
    X500Name name = new X500Name("CN=Muster local CA");
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            serial(),
            date(now.minus(Duration.ofHours(1))),
            date(now.plus(CA_LIFE)),
            name,
            pair.getPublic());
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return sign(builder, pair.getPrivate());
    } catch (CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate issueServer(
      X509Certificate ca,
      PrivateKey caKey,
      PublicKey serverKey,
      Collection<String> names,
      Instant now) {
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            ca,
            serial(),
            date(now.minus(Duration.ofHours(1))),
            date(now.plus(SERVER_LIFE)),
            new X500Name("CN=Muster server"),
            serverKey);
    List<GeneralName> alternatives = new ArrayList<>();
    for (String name : new TreeSet<>(names)) {
      boolean address = ADDRESS.matcher(name).matches();
      alternatives.add(
          new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name));
    }
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(alternatives.toArray(GeneralName[]::new)));
      return sign(builder, caKey);
    } catch (CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    } catch (OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException("every JDK signs with ECDSA", e);
    }
  }

  static BigInteger serial() {
    return new BigInteger(128, new SecureRandom());
  }

  static Date date(Instant at) {
    return Date.from(at);
  }

  /// The same authority, for the certificates of devices.
  public DeviceCa forDevices() {
    return new DeviceCa(ca, caKey);
  }

  public PrivateKey serverKey() {
    return serverKey;
  }

  /// The server's certificate, then the CA's, so that a client can see whom it is from.
  public List<X509Certificate> serverChain() {
    return List.of(server, ca);
  }

  public String caPem() {
    return Pem.text(ca);
  }

  /// SHA-256 of the CA's public key (SubjectPublicKeyInfo), base64: what agents pin.
  public String caKeyPin() {
    return pin(ca.getPublicKey());
  }

  /// The same of the server's key: what `curl --pinnedpubkey` compares.
  public String serverKeyPin() {
    return pin(server.getPublicKey());
  }

  /// A secret for another purpose, made of the server's private key: as lasting as that is, and as
  /// secret, and in no further file.
  public byte[] derived(String purpose) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(serverKey.getEncoded(), "HmacSHA256"));
      return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  private static String pin(PublicKey key) {
    try {
      return Base64.getEncoder()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
