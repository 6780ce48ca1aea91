package muster.enrollment;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.device.DeviceFacts;
import muster.device.Names;
import muster.fault.Fault;
import muster.id.DeviceId;

/// What a machine says of itself when it asks to be enrolled. `hardwareId` is 1–255 characters; a
/// machine without one is a new device each time. It is a label and proves nothing.
///
/// @param id the id it is to have when it is a new device; absent = one of the server's
/// @param metadata free text by key
public record Machine(
    Optional<DeviceId> id,
    Optional<String> hardwareId,
    Optional<String> name,
    List<String> tags,
    DeviceFacts facts,
    Map<String, String> metadata) {
  public Machine {
    tags = List.copyOf(tags);
    facts = facts.reported();
    metadata = Names.metadata("metadata", Map.of(), metadata);
  }

  public Machine(
      Optional<String> hardwareId, Optional<String> name, List<String> tags, DeviceFacts facts) {
    this(Optional.empty(), hardwareId, name, tags, facts, Map.of());
  }

  /// A machine that is known by the id it is to have.
  ///
  /// @throws Fault INVALID_ARGUMENT for an id that nobody may choose
  public static Machine named(
      Optional<String> id, Optional<String> name, DeviceFacts facts, Map<String, String> metadata) {
    id.filter(text -> !DeviceId.isChoosable(text))
        .ifPresent(text -> {
          throw Fault.invalid(
              "device_id",
              text,
              "1..128 of A-Z a-z 0-9 . _ -, the first a letter or digit, and no word of a path");
        });
    return new Machine(
        id.map(DeviceId::new), Optional.empty(), name.or(() -> id), List.of(), facts, metadata);
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
