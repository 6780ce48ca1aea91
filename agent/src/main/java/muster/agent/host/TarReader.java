package muster.agent.host;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Reads a tar archive entry by entry, in bounded memory (POSIX.1-1988 and its extensions by GNU
/// and pax).
public final class TarReader {
  private static final int BLOCK = 512;
  private static final int PIECE = 16 * BLOCK;
  private static final int LONGEST_NAME = 4096;
  private static final int LONGEST_ATTRIBUTES = 1 << 20;

  /// Of a header: where a field begins and how long it is.
  private enum Field {
    NAME(0, 100),
    MODE(100, 8),
    SIZE(124, 12),
    SUM(148, 8),
    TYPE(156, 1),
    LINK(157, 100),
    MAGIC(257, 6),
    PREFIX(345, 155);

    private final int from;
    private final int length;

    Field(int from, int length) {
      this.from = from;
      this.length = length;
    }
  }

  /// POSIX ends the word with a zero; GNU does not, and keeps other things where the prefix is.
  private static final String POSIX = "ustar\0";

  /// Of a sparse file as GNU tar keeps it: whether a block with more of its map comes behind the
  /// header, and behind such a block.
  private static final int MAP_GOES_ON = 482;

  private static final int MAP_GOES_ON_BEHIND = 504;

  private final InputStream in;

  /// Of the present entry, not read yet.
  private long left;

  private long padding;

  /// Those before the present one.
  private long entries = -1;

  public TarReader(InputStream in) {
    this.in = in;
  }

  /// What an entry is.
  public enum Kind {
    FILE,
    DIRECTORY,
    SYMBOLIC_LINK,
    HARD_LINK,
    /// A device, a pipe, a file with holes or what nobody knows.
    OTHER
  }

  /// @param size of what the archive has of it, bytes
  /// @param target of a link
  public record Entry(String name, Kind kind, long size, int mode, String target) {}

  /// The next one; empty at the end, once all of the input is read: a checksum of what packed it
  /// stands there. What is left of the one before is passed over.
  ///
  /// @throws TarException for what is none
  /// @throws EOFException for one that is cut off
  public Optional<Entry> next() throws IOException, InterruptedException {
    passOver();
    entries++;
    Map<String, String> attributes = new HashMap<>();
    while (true) {
      byte[] header = in.readNBytes(BLOCK);
      if (header.length == 0 && entries > 0 || isZero(header)) {
        drain();
        return Optional.empty();
      }
      check(header);
      char type = text(header, Field.TYPE).charAt(0);
      begin("123456".indexOf(type) >= 0 ? 0 : number(header, Field.SIZE));
      switch (type) {
        case 'L':
          attributes.put("path", firstOf(content(LONGEST_NAME)));
          break;
        case 'K':
          attributes.put("linkpath", firstOf(content(LONGEST_NAME)));
          break;
        case 'x':
          pax(content(LONGEST_ATTRIBUTES), attributes);
          break;
        case 'g':
          break; // of all entries: dates and comments
        default:
          return Optional.of(entry(header, type, attributes));
      }
      passOver();
    }
  }

  /// The content of the present entry: at most `bytes.length` of it.
  ///
  /// @return how many; -1 at its end
  public int read(byte[] bytes) throws IOException {
    if (left == 0) {
      return -1;
    }
    int read = in.read(bytes, 0, (int) Math.min(bytes.length, left));
    if (read < 0) {
      throw cutOff("content");
    }
    left -= read;
    return read;
  }

  private Entry entry(byte[] header, char type, Map<String, String> attributes) throws IOException {
    if (type == 'S') {
      passOverMap(header[MAP_GOES_ON]);
    }
    String size = attributes.get("size");
    if (size != null) {
      if (!size.matches("[0-9]{1,18}")) {
        throw new TarException("the size of entry %d is no number".formatted(entries + 1));
      }
      begin(Long.parseLong(size));
    }
    boolean hasHoles = attributes.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."));
    String plain = firstOf(field(header, Field.NAME));
    boolean posix = text(header, Field.MAGIC).equals(POSIX);
    String prefix = posix ? firstOf(field(header, Field.PREFIX)) : "";
    String name = attributes.getOrDefault("path", prefix.isEmpty() ? plain : prefix + "/" + plain);
    return new Entry(
        name,
        hasHoles ? Kind.OTHER : kind(type, name),
        left,
        (int) number(header, Field.MODE),
        attributes.getOrDefault("linkpath", firstOf(field(header, Field.LINK))));
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

  private void begin(long size) {
    left = size;
    padding = (BLOCK - size % BLOCK) % BLOCK;
  }

  private void passOver() throws IOException, InterruptedException {
    byte[] piece = new byte[PIECE];
    for (long rest = left + padding; rest > 0; ) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      int read = in.read(piece, 0, (int) Math.min(rest, piece.length));
      if (read < 0) {
        throw cutOff("content");
      }
      rest -= read;
    }
    begin(0);
  }

  private void passOverMap(byte goesOn) throws IOException {
    byte more = goesOn;
    while (more != 0) {
      byte[] block = in.readNBytes(BLOCK);
      if (block.length < BLOCK) {
        throw cutOff("map");
      }
      more = block[MAP_GOES_ON_BEHIND];
    }
  }

  private void drain() throws IOException {
    byte[] piece = new byte[PIECE];
    while (in.read(piece) >= 0) {
      // Padding.
    }
  }

  private byte[] content(int most) throws IOException {
    if (left > most) {
      throw new TarException("%d bytes of attributes of entry %d".formatted(left, entries + 1));
    }
    byte[] bytes = in.readNBytes((int) left);
    if (bytes.length < left) {
      throw cutOff("attributes");
    }
    left = 0;
    return bytes;
  }

  /// Lines of `LENGTH KEY=VALUE`, where the length counts all of the line.
  private void pax(byte[] content, Map<String, String> into) throws TarException {
    int at = 0;
    while (at < content.length) {
      int space = at;
      int length = 0;
      while (space < content.length && Character.isDigit(content[space]) && space - at < 9) {
        length = length * 10 + content[space] - '0';
        space++;
      }
      int end = at + length;
      boolean fits =
          space < content.length
              && content[space] == ' '
              && end > space + 1
              && end <= content.length;
      String line =
          fits ? new String(content, space + 1, end - space - 2, StandardCharsets.UTF_8) : "";
      int equals = line.indexOf('=');
      if (equals < 0) {
        throw new TarException("the attributes of entry " + (entries + 1));
      }
      into.put(line.substring(0, equals), line.substring(equals + 1));
      at = end;
    }
  }

  private EOFException cutOff(String where) {
    return new EOFException("ends in the %s of entry %d".formatted(where, entries + 1));
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return block.length == BLOCK;
  }

  /// The sum of all bytes, with blanks for the sum itself.
  private void check(byte[] header) throws IOException {
    if (header.length < BLOCK) {
      throw cutOff("header");
    }
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      boolean isSum = i >= Field.SUM.from && i < Field.SUM.from + Field.SUM.length;
      sum += isSum ? ' ' : header[i] & 0xff;
    }
    if (sum != number(header, Field.SUM)) {
      throw new TarException("the header of entry " + (entries + 1));
    }
  }

  /// Octal digits, or eight bytes of a number when the highest bit of the field is set.
  private static long number(byte[] header, Field field) throws TarException {
    long number;
    if ((header[field.from] & 0x80) != 0) {
      int bytes = Math.min(field.length, Long.BYTES);
      number = ByteBuffer.wrap(header, field.from + field.length - bytes, bytes).getLong();
    } else {
      String digits = text(header, field).replace('\0', ' ').strip();
      if (!digits.matches("[0-7]{0,12}")) {
        throw new TarException("a number in a header is none");
      }
      number = digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    }
    if (number < 0 || number > Long.MAX_VALUE - BLOCK) {
      throw new TarException("a number in a header is out of bounds");
    }
    return number;
  }

  private static byte[] field(byte[] header, Field field) {
    return Arrays.copyOfRange(header, field.from, field.from + field.length);
  }

  private static String text(byte[] header, Field field) {
    return new String(header, field.from, field.length, StandardCharsets.ISO_8859_1);
  }

  /// The text before the first zero.
  private static String firstOf(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
