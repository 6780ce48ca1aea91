package muster.telemetry;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Numbers in few bytes, none of them changed. Measures have few decimals and differ little from
/// one sample to the next: they are written as whole numbers of some power of ten, as differences.
/// What is no such number is written as it stands, changed bits only.
final class Column {
  private static final int MOST_DECIMALS = 4;
  private static final double LARGEST_EXACT = 1L << 53;
  private static final double[] POWERS = {1, 10, 100, 1000, 10_000};
  private static final int AS_IT_STANDS = 15;
  private static final int DEFLATED = 16;

  private Column() {}

  /// @param values NaN stands for none
  static byte[] encode(double[] values) {
    int decimals = decimals(values);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    gaps(values, out);
    if (decimals <= MOST_DECIMALS) {
      scaled(values, POWERS[decimals], out);
    } else {
      bits(values, out);
    }
    byte[] plain = out.toByteArray();
    byte[] small = deflated(plain);
    boolean pays = small.length < plain.length;
    byte[] body = pays ? small : plain;
    byte[] all = new byte[body.length + 1];
    int form = decimals <= MOST_DECIMALS ? decimals : AS_IT_STANDS;
    all[0] = (byte) (form | (pays ? DEFLATED : 0));
    System.arraycopy(body, 0, all, 1, body.length);
    return all;
  }

  /// @param count how many they were
  /// @throws IllegalArgumentException when they are not so many
  static double[] decode(byte[] bytes, int count) {
    int form = bytes[0] & (DEFLATED - 1);
    boolean isDeflated = (bytes[0] & DEFLATED) != 0;
    Varints in = new Varints(isDeflated ? inflated(bytes) : bytes, isDeflated ? 0 : 1);
    boolean[] there = there(in, count);
    double[] values = new double[count];
    long before = 0;
    for (int i = 0; i < count; i++) {
      if (!there[i]) {
        values[i] = Double.NaN;
      } else if (form == AS_IT_STANDS) {
        before ^= in.next();
        values[i] = Double.longBitsToDouble(Long.reverse(before));
      } else {
        before += in.nextSigned();
        values[i] = before / POWERS[form];
      }
    }
    return values;
  }

  /// The least that all of them have; more than [#MOST_DECIMALS] when there is none.
  private static int decimals(double[] values) {
    int decimals = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        while (decimals <= MOST_DECIMALS && !isExact(value, POWERS[decimals])) {
          decimals++;
        }
      }
    }
    return decimals;
  }

  private static boolean isExact(double value, double power) {
    double scaled = Math.rint(value * power);
    return Math.abs(scaled) < LARGEST_EXACT
        && Double.doubleToRawLongBits((long) scaled / power) == Double.doubleToRawLongBits(value);
  }

  /// How many are there, are not there, are there and so on.
  private static void gaps(double[] values, ByteArrayOutputStream out) {
    boolean there = true;
    int run = 0;
    for (double value : values) {
      if (Double.isNaN(value) == there) {
        Varints.write(out, run);
        run = 0;
        there = !there;
      }
      run++;
    }
    Varints.write(out, run);
  }

  private static boolean[] there(Varints in, int count) {
    boolean[] there = new boolean[count];
    boolean is = true;
    for (int i = 0; i < count; is = !is) {
      long run = in.next();
      if (run > count - i) {
        throw new IllegalArgumentException("more numbers than " + count);
      }
      for (int end = i + (int) run; i < end; i++) {
        there[i] = is;
      }
    }
    return there;
  }

  private static void scaled(double[] values, double power, ByteArrayOutputStream out) {
    long before = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        long now = (long) Math.rint(value * power);
        Varints.writeSigned(out, now - before);
        before = now;
      }
    }
  }

  /// The bits from the last to the first: those that change are the small end of a number then.
  private static void bits(double[] values, ByteArrayOutputStream out) {
    long before = 0;
    for (double value : values) {
      if (!Double.isNaN(value)) {
        long now = Long.reverse(Double.doubleToRawLongBits(value));
        Varints.write(out, now ^ before);
        before = now;
      }
    }
  }

  private static byte[] deflated(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setInput(plain);
      deflater.finish();
      byte[] out = new byte[plain.length + 64];
      int length = deflater.deflate(out);
      return Arrays.copyOf(out, length);
    } finally {
      deflater.end();
    }
  }

  private static byte[] inflated(byte[] bytes) {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(bytes, 1, bytes.length - 1);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] piece = new byte[4096];
      while (!inflater.finished()) {
        int length = inflater.inflate(piece);
        if (length == 0 && !inflater.finished()) {
          throw new IllegalArgumentException("cut off");
        }
        out.write(piece, 0, length);
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      throw new IllegalArgumentException(e);
    } finally {
      inflater.end();
    }
  }
}
