package muster.transfer;

import java.util.List;
import java.util.Optional;
import muster.blob.Checksum;
import muster.fault.Fault;

/// A file that somebody wants to have on a device.
///
/// @param path absolute, without `.` and `..`; the device looks at it once more
/// @param mode octal digits; absent = that of the file that is replaced, or 0644
/// @param size when the sender knows it
/// @param checksum when the sender knows it
public record FileRequest(
    String path, Optional<String> mode, Optional<Long> size, Optional<Checksum> checksum) {
  private static final int MAX_PATH = 4096;

  public FileRequest {
    requirePath(path);
    mode.filter(text -> !text.matches("0?[0-7]{3}"))
        .ifPresent(text -> {
          throw Fault.invalid("mode", text, "three octal digits, such as 0644");
        });
  }

  /// @throws Fault INVALID_ARGUMENT
  public static void requirePath(String path) {
    boolean plain =
        path.startsWith("/")
            && path.length() <= MAX_PATH
            && !path.endsWith("/")
            && path.indexOf('\0') < 0
            && List.of(path.split("/")).stream()
                .noneMatch(part -> part.equals("..") || part.equals("."));
    if (!plain) {
      throw Fault.invalid("path", path, "the absolute path of a file, without . and ..");
    }
  }
}
