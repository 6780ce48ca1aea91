package muster.stream;

import java.util.Optional;
import muster.fault.Fault;
import muster.transfer.FileRequest;

/// A log of a device. What is the same log is equal.
///
/// @param kind `journald` or `file`
/// @param unit of journald; absent = the whole journal
/// @param path of a file; absent for journald
public record LogSource(String kind, Optional<String> unit, Optional<String> path) {
  public static final String JOURNALD = "journald";
  public static final String FILE = "file";

  private static final String UNIT = "[a-zA-Z0-9@._:][a-zA-Z0-9@._:-]{0,255}";

  public LogSource {
    switch (kind) {
      case JOURNALD ->
          path.ifPresent(given -> {
            throw Fault.invalid("path", given, "none with source journald");
          });
      case FILE -> {
        unit.ifPresent(given -> {
          throw Fault.invalid("unit", given, "none with source file");
        });
        FileRequest.requirePath(path.orElse(""));
      }
      default -> throw Fault.invalid("source", kind, "journald or file");
    }
    unit.filter(name -> !name.matches(UNIT))
        .ifPresent(name -> {
          throw Fault.invalid("unit", name, "the name of a systemd unit, such as nginx.service");
        });
  }

  /// As people call it: `file /var/log/syslog`.
  @Override
  public String toString() {
    return unit.or(() -> path).map(name -> kind + " " + name).orElse(kind);
  }
}
