package muster.telemetry;

import java.io.ByteArrayOutputStream;

/// Whole numbers in 1 to 10 bytes, small ones in few (base 128, the small end first).
final class Varints {
  private static final int MORE = 0x80;
  private static final int BITS = 7;

  private final byte[] bytes;
  private int at;

  Varints(byte[] bytes, int from) {
    this.bytes = bytes;
    at = from;
  }

  static void write(ByteArrayOutputStream out, long number) {
    long rest = number;
    while ((rest & ~(MORE - 1L)) != 0) {
      out.write((int) (rest & (MORE - 1)) | MORE);
      rest >>>= BITS;
    }
    out.write((int) rest);
  }

  /// Negative ones, too, between the others.
  static void writeSigned(ByteArrayOutputStream out, long number) {
    write(out, number << 1 ^ number >> Long.SIZE - 1);
  }

  /// @throws IllegalArgumentException when there is none any more
  long next() {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += BITS) {
      if (at >= bytes.length) {
        throw new IllegalArgumentException("cut off");
      }
      byte one = bytes[at++];
      number |= (long) (one & (MORE - 1)) << shift;
      if ((one & MORE) == 0) {
        return number;
      }
    }
    throw new IllegalArgumentException("no number");
  }

  /// Passes over so many bytes; where they begin.
  ///
  /// @throws IllegalArgumentException when there are not so many
  int skip(int count) {
    if (count < 0 || count > bytes.length - at) {
      throw new IllegalArgumentException("cut off");
    }
    int from = at;
    at += count;
    return from;
  }

  long nextSigned() {
    long number = next();
    return number >>> 1 ^ -(number & 1);
  }
}
