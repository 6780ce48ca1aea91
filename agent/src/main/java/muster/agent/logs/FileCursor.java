package muster.agent.logs;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A place in a file, behind a line: `device:inode:offset:sum`, and how often the file was cut
/// short while it was followed, so that no two places of a stream have one name. The sum is there
/// because a new file may have the inode of one that was deleted.
///
/// @param file device and inode
/// @param offset bytes from its beginning
/// @param sum of the line before it
record FileCursor(String file, long offset, long sum, long truncations) {
  private static final Pattern TEXT =
      Pattern.compile(
          "([0-9a-f]{1,16}:[0-9]{1,20}):([0-9]{1,18}):([0-9a-f]{1,8})(?::([0-9]{1,9}))?");

  /// Empty for what is none, such as a cursor of the journal.
  static Optional<FileCursor> parse(String text) {
    Matcher parts = TEXT.matcher(text);
    return parts.matches()
        ? Optional.of(
            new FileCursor(
                parts.group(1),
                Long.parseLong(parts.group(2)),
                Long.parseLong(parts.group(3), 16),
                parts.group(4) == null ? 0 : Long.parseLong(parts.group(4))))
        : Optional.empty();
  }

  /// What tells the file from all others as long as it is open: `803:1835`.
  static String name(BasicFileAttributes attributes) {
    // (dev=803,ino=1835), as the JDK shows it on every Unix.
    return String.valueOf(attributes.fileKey())
        .replace("(dev=", "")
        .replace(",ino=", ":")
        .replace(")", "");
  }

  @Override
  public String toString() {
    String place = file + ":" + offset + ":" + Long.toHexString(sum);
    return truncations == 0 ? place : place + ":" + truncations;
  }
}
