package muster.deploy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import muster.enrollment.Provisions;
import muster.fault.Fault;

/// What is asked for: the agent on a machine (F132).
///
/// @param host a name or an address
/// @param port of its SSH server, 1..65535
/// @param user to log in as: root, or who may use sudo without a password
/// @param key names the private key
/// @param passphrase of the private key
/// @param plan what the device is to be
/// @param replace whether the device that was deployed there before gets a new key
/// @param hostKey the fingerprint that the machine's key must have, `SHA256:…`
public record Deployment(
    String host,
    int port,
    String user,
    String key,
    Optional<String> passphrase,
    Provisions.Plan plan,
    boolean replace,
    Optional<String> hostKey) {
  /// Under which key of its metadata a device says where it was deployed, `host:port`.
  public static final String DEPLOYED_TO = "deployed_to";

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:][A-Za-z0-9._:-]{0,252}");
  private static final Pattern USER = Pattern.compile("[a-z_][a-z0-9_.-]{0,63}");
  private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");

  /// @throws Fault INVALID_ARGUMENT
  public Deployment {
    host(host);
    port(port);
    if (!USER.matcher(user).matches()) {
      throw Fault.invalid("ssh_user", user, "1..64 of a-z 0-9 _ . -, first a letter or _");
    }
    hostKey
        .filter(text -> !FINGERPRINT.matcher(text).matches())
        .ifPresent(text -> {
          throw Fault.invalid("host_key_fingerprint", text, "SHA256:… as ssh-keygen -l shows it");
        });
  }

  /// With the label and tags that the device is to have.
  ///
  /// @throws Fault INVALID_ARGUMENT
  public Deployment(
      String host,
      long port,
      String user,
      String key,
      Optional<String> passphrase,
      String label,
      List<String> tags,
      boolean replace,
      Optional<String> hostKey) {
    this(
        host,
        port(port),
        user,
        key,
        passphrase,
        new Provisions.Plan(label, tags, Map.of(DEPLOYED_TO, host(host) + ":" + port)),
        replace,
        hostKey);
  }

  private static int port(long port) {
    if (port < 1 || port > 65_535) {
      throw Fault.invalid("ssh_port", port, "1..65535");
    }
    return (int) port;
  }

  private static String host(String host) {
    if (!HOST.matcher(host).matches()) {
      throw Fault.invalid("host", host, "a name or an address of letters, digits, . _ : -");
    }
    return host;
  }

  /// Where to, as one word.
  public String target() {
    return host + ":" + port;
  }

  /// Without the passphrase.
  @Override
  public String toString() {
    return user + "@" + target();
  }
}
