package muster.enrollment;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import muster.device.DeviceFacts;

/// What a machine says of itself when it asks to be enrolled. `hardwareId` is 1–255 characters; a
/// machine without one is a new device each time. It is a label and proves nothing.
public record Machine(
    Optional<String> hardwareId, Optional<String> name, List<String> tags, DeviceFacts facts) {
  public Machine {
    tags = List.copyOf(tags);
    facts = facts.reported();
  }

  /// A machine that may be known by a public key of its own when it says no hardware id.
  public static Machine of(
      Optional<String> hardwareId,
      Optional<String> publicKey,
      Optional<String> name,
      List<String> tags,
      DeviceFacts facts) {
    return new Machine(hardwareId.or(() -> publicKey.map(Machine::label)), name, tags, facts);
  }

  private static String label(String publicKey) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(publicKey.getBytes(StandardCharsets.UTF_8));
      return "key-" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
