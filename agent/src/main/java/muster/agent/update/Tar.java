package muster.agent.update;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Reads tar archives as POSIX (ustar, pax) and GNU write them, entry by entry.
final class Tar {
  private static final int BLOCK = 512;
  private static final int LONGEST_NAME = 4096;
  private static final int LONGEST_HEADERS = 1 << 20;

  private final InputStream in;

  /// Of the present entry, not read yet.
  private long left;

  private long padding;

  Tar(InputStream in) {
    this.in = in;
  }

  /// What an entry is.
  enum Kind {
    FILE,
    DIRECTORY,
    SYMBOLIC_LINK,
    HARD_LINK,
    /// A device, a pipe or what nobody knows.
    OTHER
  }

  /// @param target of a link
  record Entry(String name, Kind kind, long size, int mode, String target) {}

  /// The next one; empty at the end. What is left of the one before is passed over.
  ///
  /// @throws UpdateException BAD_ARCHIVE
  Optional<Entry> next() throws IOException {
    Map<String, String> extended = new HashMap<>();
    while (true) {
      skip(left + padding);
      byte[] header = in.readNBytes(BLOCK);
      if (header.length == 0 || isZero(header)) {
        left = 0;
        padding = 0;
        return Optional.empty();
      }
      if (header.length < BLOCK || !checks(header)) {
        throw bad("a damaged header");
      }
      begin(number(header, 124, 12));
      char type = (char) (header[156] & 0xff);
      switch (type) {
        case 'L':
          extended.put("path", text(content(LONGEST_NAME)));
          break;
        case 'K':
          extended.put("linkpath", text(content(LONGEST_NAME)));
          break;
        case 'x':
          pax(content(LONGEST_HEADERS), extended);
          break;
        case 'g':
          break; // for all entries: dates and comments
        default:
          return Optional.of(entry(header, type, extended));
      }
    }
  }

  private Entry entry(byte[] header, char type, Map<String, String> extended)
      throws UpdateException {
    String prefix = isUstar(header) ? field(header, 345, 155) : "";
    String plain = field(header, 0, 100);
    String name = extended.getOrDefault("path", prefix.isEmpty() ? plain : prefix + "/" + plain);
    if (extended.containsKey("size")) {
      try {
        begin(Long.parseLong(extended.get("size")));
      } catch (NumberFormatException e) {
        throw bad("a size that is no number");
      }
    }
    Kind kind = kind(type, name);
    if (kind != Kind.FILE) {
      begin(0);
    }
    return new Entry(
        name,
        kind,
        left,
        (int) number(header, 100, 8),
        extended.getOrDefault("linkpath", field(header, 157, 100)));
  }

  private static Kind kind(char type, String name) {
    switch (type) {
      case '0':
      case '\0':
      case '7':
        return name.endsWith("/") ? Kind.DIRECTORY : Kind.FILE;
      case '1':
        return Kind.HARD_LINK;
      case '2':
        return Kind.SYMBOLIC_LINK;
      case '5':
        return Kind.DIRECTORY;
      default:
        return Kind.OTHER;
    }
  }

  /// The content of the present entry: at most `bytes.length` of it.
  ///
  /// @return how many; -1 at its end
  int read(byte[] bytes) throws IOException {
    if (left == 0) {
      return -1;
    }
    int read = in.read(bytes, 0, (int) Math.min(bytes.length, left));
    if (read < 0) {
      throw bad("it ends in the middle of a file");
    }
    left -= read;
    return read;
  }

  private void begin(long size) throws UpdateException {
    if (size < 0) {
      throw bad("a size below 0");
    }
    left = size;
    padding = (BLOCK - size % BLOCK) % BLOCK;
  }

  private byte[] content(int most) throws IOException {
    if (left > most) {
      throw bad("a header of " + left + " bytes");
    }
    byte[] bytes = in.readNBytes((int) left);
    if (bytes.length < left) {
      throw bad("it ends in the middle of a header");
    }
    left = 0;
    return bytes;
  }

  private void skip(long bytes) throws IOException {
    try {
      in.skipNBytes(bytes);
    } catch (java.io.EOFException e) {
      throw bad("it ends in the middle of a file");
    }
  }

  /// Lines of `LENGTH KEY=VALUE`, where the length counts all of the line.
  private static void pax(byte[] content, Map<String, String> into) throws UpdateException {
    int at = 0;
    while (at < content.length) {
      int space = at;
      int length = 0;
      while (space < content.length && Character.isDigit(content[space]) && space - at < 9) {
        length = length * 10 + content[space] - '0';
        space++;
      }
      int end = at + length;
      if (space >= content.length
          || content[space] != ' '
          || end <= space + 1
          || end > content.length) {
        throw bad("a damaged extended header");
      }
      String line = new String(content, space + 1, end - space - 2, StandardCharsets.UTF_8);
      int equals = line.indexOf('=');
      if (equals < 0) {
        throw bad("a damaged extended header");
      }
      into.put(line.substring(0, equals), line.substring(equals + 1));
      at = end;
    }
  }

  private static boolean isUstar(byte[] header) {
    return field(header, 257, 5).equals("ustar") && header[262] == 0;
  }

  private static boolean isZero(byte[] header) {
    for (byte b : header) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /// The sum of all bytes, with blanks for the sum itself.
  private static boolean checks(byte[] header) throws UpdateException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    return sum == number(header, 148, 8);
  }

  /// Octal, or with its first bit set, binary.
  private static long number(byte[] header, int from, int length) throws UpdateException {
    if ((header[from] & 0x80) != 0) {
      long value = header[from] & 0x7f;
      for (int i = from + 1; i < from + length; i++) {
        if (value > Long.MAX_VALUE >> 8) {
          throw bad("a number that is too large");
        }
        value = value << 8 | header[i] & 0xff;
      }
      return value;
    }
    String text = field(header, from, length).strip();
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text, 8);
    } catch (NumberFormatException e) {
      throw bad("a number that is none");
    }
  }

  private static String field(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return field(bytes, 0, bytes.length);
  }

  private static UpdateException bad(String detail) {
    return new UpdateException(Reason.BAD_ARCHIVE, "the archive has " + detail);
  }
}
