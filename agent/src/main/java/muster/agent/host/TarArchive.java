package muster.agent.host;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// Reads a tar archive (POSIX.1-1988 and its extensions by GNU and pax) to its end and keeps
/// nothing of it: whether it could be unpacked.
public final class TarArchive {
  private static final int BLOCK = 512;
  private static final int SIZE = 124;
  private static final int SIZE_LENGTH = 12;
  private static final int SUM = 148;
  private static final int SUM_LENGTH = 8;
  private static final int TYPE = 156;

  /// Of a sparse file as GNU tar keeps it: whether a block with more of its map comes behind the
  /// header, and behind such a block.
  private static final int MAP_GOES_ON = 482;

  private static final int MAP_GOES_ON_BEHIND = 504;

  /// A record of pax that says how many bytes are stored, when the header has no room for it.
  private static final Pattern PAX_SIZE = Pattern.compile("[0-9]+ size=([0-9]{1,18})\n");

  private static final int LONGEST_PAX = 1 << 20;

  private TarArchive() {}

  /// @param entries files, directories and links
  /// @param bytes of the files' contents
  public record Summary(long entries, long bytes) {}

  /// @throws IOException saying what is wrong with it
  public static Summary read(InputStream in) throws IOException, InterruptedException {
    long entries = 0;
    long bytes = 0;
    OptionalLong told = OptionalLong.empty();
    while (true) {
      Optional<byte[]> header = header(in, entries);
      if (header.isEmpty()) {
        return new Summary(entries, bytes);
      }
      char type = (char) header.get()[TYPE];
      long own = "123456".indexOf(type) >= 0 ? 0 : number(header.get(), SIZE, SIZE_LENGTH);
      if (type == 'x') {
        told = paxSize(content(in, own, entries));
        continue;
      }
      if (type == 'S') {
        skipMap(in, header.get()[MAP_GOES_ON], entries);
      }
      // Names and attributes of the entry that comes next.
      boolean isEntry = "gLK".indexOf(type) < 0;
      long size = isEntry ? told.orElse(own) : own;
      skip(in, padded(size), entries);
      if (isEntry) {
        told = OptionalLong.empty();
        entries++;
        bytes += size;
      }
    }
  }

  private static long padded(long size) {
    return (size + BLOCK - 1) / BLOCK * BLOCK;
  }

  private static String content(InputStream in, long size, long entries) throws IOException {
    if (size > LONGEST_PAX) {
      throw new IOException(
          "no tar archive, or damaged: %d bytes of attributes of entry %d"
              .formatted(size, entries + 1));
    }
    byte[] content = in.readNBytes((int) padded(size));
    if (content.length < size) {
      throw new EOFException("ends in the attributes of entry " + (entries + 1));
    }
    return new String(content, 0, (int) size, StandardCharsets.ISO_8859_1);
  }

  private static OptionalLong paxSize(String records) {
    return PAX_SIZE
        .matcher(records)
        .results()
        .mapToLong(found -> Long.parseLong(found.group(1)))
        .reduce((former, latter) -> latter);
  }

  private static void skipMap(InputStream in, byte goesOn, long entries) throws IOException {
    byte more = goesOn;
    while (more != 0) {
      byte[] block = in.readNBytes(BLOCK);
      if (block.length < BLOCK) {
        throw new EOFException("ends in the map of entry " + (entries + 1));
      }
      more = block[MAP_GOES_ON_BEHIND];
    }
  }

  /// Empty at the end: a block of zeros, or nothing at all.
  private static Optional<byte[]> header(InputStream in, long entries) throws IOException {
    byte[] block = in.readNBytes(BLOCK);
    if (block.length == 0 && entries > 0 || isZero(block)) {
      drain(in);
      return Optional.empty();
    }
    if (block.length < BLOCK) {
      throw new EOFException("ends in the header of entry " + (entries + 1));
    }
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= SUM && i < SUM + SUM_LENGTH ? ' ' : block[i] & 0xff;
    }
    if (sum != number(block, SUM, SUM_LENGTH)) {
      throw new IOException("no tar archive, or damaged: the header of entry " + (entries + 1));
    }
    return Optional.of(block);
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return block.length == BLOCK;
  }

  /// The checksum of what packed it stands behind the archive's end.
  private static void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[BLOCK * 16];
    while (in.read(buffer) >= 0) {
      // Padding.
    }
  }

  private static void skip(InputStream in, long bytes, long entries)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[BLOCK * 16];
    for (long left = bytes; left > 0; ) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException("ends in the content of entry " + (entries + 1));
      }
      left -= read;
    }
  }

  /// Octal digits, or eight bytes of a number whose first one has the highest bit set.
  private static long number(byte[] block, int from, int length) throws IOException {
    long number;
    if ((block[from] & 0x80) != 0) {
      number = ByteBuffer.wrap(block, from + length - Long.BYTES, Long.BYTES).getLong();
    } else {
      String digits = new String(block, from, length, StandardCharsets.ISO_8859_1);
      String plain = digits.replace('\0', ' ').strip();
      if (!plain.matches("[0-7]{0,12}")) {
        throw new IOException("no tar archive, or damaged: a number in a header is none");
      }
      number = plain.isEmpty() ? 0 : Long.parseLong(plain, 8);
    }
    if (number < 0 || number > Long.MAX_VALUE - BLOCK) {
      throw new IOException("no tar archive, or damaged: a number in a header is out of bounds");
    }
    return number;
  }
}
