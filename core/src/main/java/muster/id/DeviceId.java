package muster.id;

import java.util.Set;

/// Names one device on every surface. Made by the server (`dev_…`) or chosen by the caller of
/// fleetd's RegisterDevice; 1–128 characters of `A–Z a–z 0–9 . _ : -`.
public record DeviceId(String value) implements Comparable<DeviceId> {
  private static final Set<String> RESERVED =
      Set.of(
          "bulk-command",
          "command-history",
          "deploy",
          "enrollment",
          "execute",
          "install-script",
          "pair",
          "routing");

  public DeviceId {
    if (!isValid(value)) {
      throw new IllegalArgumentException(
          "device id: expected 1..128 characters of A-Z a-z 0-9 . _ : -");
    }
  }

  /// Whether a caller may choose it for a new device: begins with a letter or digit, has no colon,
  /// and stands in no path for something else (C20).
  public static boolean isChoosable(String value) {
    return isValid(value)
        && Character.isLetterOrDigit(value.charAt(0))
        && value.indexOf(':') < 0
        && !RESERVED.contains(value);
  }

  public static DeviceId random() {
    return new DeviceId(RandomIds.next("dev"));
  }

  public static boolean isValid(String value) {
    if (value.isEmpty() || value.length() > 128) {
      return false;
    }
    return value
        .chars()
        .allMatch(c ->
            (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == ':'
                || c == '-');
  }

  @Override
  public int compareTo(DeviceId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
