package muster.agent.tool;

import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import muster.wire.FieldException;

/// Rights of a file as octal digits.
public final class Modes {
  private static final List<PosixFilePermission> BITS =
      List.of(
          PosixFilePermission.OTHERS_EXECUTE,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_READ);

  private Modes() {}

  public static Set<PosixFilePermission> parse(String field, String text) {
    if (!text.matches("0?[0-7]{3}")) {
      throw new FieldException(field, text, "three octal digits, such as 0644");
    }
    return of(Integer.parseInt(text, 8));
  }

  static Set<PosixFilePermission> of(int bits) {
    return IntStream.range(0, BITS.size())
        .filter(bit -> (bits >> bit & 1) == 1)
        .mapToObj(BITS::get)
        .collect(Collectors.toUnmodifiableSet());
  }

  static String text(Set<PosixFilePermission> permissions) {
    int bits = 0;
    for (PosixFilePermission permission : permissions) {
      bits |= 1 << BITS.indexOf(permission);
    }
    return String.format("%04o", bits);
  }
}
