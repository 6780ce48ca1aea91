package muster.api.kvmfleet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import muster.auth.Token;
import muster.tls.LocalCa;

/// What a new machine downloads: the install script and the agent, and the one line that starts it
/// (F012). The script carries no secret; it carries the agent's SHA-256 and the pin of our CA, so
/// that whoever trusts the script need trust nothing else on the way.
public final class InstallFiles {
  private final String template;
  private final byte[] agentJar;
  private final String agentSha256;
  private final LocalCa ca;
  private final boolean publicCertificate;

  /// @param publicCertificate whether the public URL shows a certificate that machines trust
  ///   anyway, a proxy's for instance, instead of ours
  public InstallFiles(LocalCa ca, boolean publicCertificate) {
    this.publicCertificate = publicCertificate;
    this.template = new String(resource("/muster/install.sh"), StandardCharsets.UTF_8);
    this.agentJar = resource("/muster/muster-agent.jar");
    this.agentSha256 = sha256(agentJar);
    this.ca = ca;
  }

  /// The line to paste. With a certificate of our own CA, curl is told to trust exactly its key.
  public String command(String base, Token token) {
    String curl =
        isPinned(base)
            ? "curl -sSLk --pinnedpubkey 'sha256//%s'".formatted(ca.serverKeyPin())
            : "curl -sSL";
    return "%s %s/install | sh -s -- --token %s".formatted(curl, base, token.text());
  }

  public String script(String base) {
    return template
        .replace("@BASE_URL@", base)
        .replace("@CA_PIN@", isPinned(base) ? "sha256/" + ca.caKeyPin() : "")
        .replace("@AGENT_SHA256@", agentSha256);
  }

  private boolean isPinned(String base) {
    return base.startsWith("https:") && !publicCertificate;
  }

  public byte[] agentJar() {
    return agentJar;
  }

  public String caPem() {
    return ca.caPem();
  }

  private static byte[] resource(String name) {
    try (InputStream in = InstallFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("not in this build: " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
