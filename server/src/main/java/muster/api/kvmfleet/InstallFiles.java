package muster.api.kvmfleet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.auth.Token;
import muster.deploy.AgentFiles;
import muster.device.Device;
import muster.tls.LocalCa;

/// What a new machine downloads: the install script and the agent, and the one line that starts it
/// (F012, F133). The script carries no secret but the key it was asked for with; it carries the
/// agent's SHA-256 and the pin of our CA, so that whoever trusts the script need trust nothing else
/// on the way.
public final class InstallFiles implements AgentFiles {
  private static final Pattern BLANK = Pattern.compile("@([A-Z0-9_]+)@");

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
    return "%s %s/install | sh -s -- --token %s".formatted(curl(base), base, token.text());
  }

  /// The line to paste for a device that has its key already. Only `printf`, a builtin of every
  /// shell, gets the key as an argument, so no list of processes shows it.
  public String keyCommand(String base, Token key) {
    return "printf 'url = \"%s/api/agents/install-script\"\\nheader = \"Authorization: Bearer %s\"\\n' | %s -f -K - | sh"
        .formatted(base, key.text(), curl(base));
  }

  private String curl(String base) {
    return isPinned(base)
        ? "curl -sSLk --pinnedpubkey 'sha256//%s'".formatted(ca.serverKeyPin())
        : "curl -sSL";
  }

  @Override
  public String script(String base) {
    return filled(base, "", "", "");
  }

  @Override
  public String script(String base, Device device, Token key) {
    return filled(base, device.id().value(), device.name(), key.text());
  }

  /// In one pass, so that nothing that is filled in is taken for a blank.
  private String filled(String base, String device, String name, String key) {
    Map<String, String> values =
        Map.of(
            "BASE_URL", base,
            "CA_PIN", isPinned(base) ? "sha256/" + ca.caKeyPin() : "",
            "AGENT_SHA256", agentSha256,
            "DEVICE_ID", device,
            "DEVICE_NAME", name,
            "DEVICE_KEY", key);
    return BLANK
        .matcher(template)
        .replaceAll(
            blank -> Matcher.quoteReplacement(quoted(String.valueOf(values.get(blank.group(1))))));
  }

  /// One word of the shell, whatever is in it.
  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private boolean isPinned(String base) {
    return base.startsWith("https:") && !publicCertificate;
  }

  @Override
  public byte[] agentJar() {
    return agentJar;
  }

  @Override
  public String agentSha256() {
    return agentSha256;
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
