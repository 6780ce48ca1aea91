package muster.agent.update;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/// A tar archive, entry by entry, whatever these say.
final class TarFile {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  TarFile directory(String name) {
    return entry('5', name + "/", 0755, "", "");
  }

  TarFile file(String name, int mode, String content) {
    return entry('0', name, mode, "", content);
  }

  TarFile symbolicLink(String name, String target) {
    return entry('2', name, 0777, target, "");
  }

  TarFile hardLink(String name, String target) {
    return entry('1', name, 0644, target, "");
  }

  TarFile entry(char type, String name, int mode, String target, String content) {
    byte[] text = content.getBytes(StandardCharsets.UTF_8);
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, String.format("%07o", mode));
    put(header, 124, String.format("%011o", text.length));
    header[156] = (byte) type;
    put(header, 157, target);
    put(header, 257, "ustar");
    put(header, 263, "00");
    check(header, 0);
    bytes.writeBytes(header);
    bytes.writeBytes(Arrays.copyOf(text, (text.length + BLOCK - 1) / BLOCK * BLOCK));
    return this;
  }

  /// A line of an extended header, with its own length before it.
  static String pax(String key, String value) {
    String rest = " " + key + "=" + value + "\n";
    int length = rest.length() + 1;
    while (String.valueOf(length).length() + rest.length() != length) {
      length++;
    }
    return length + rest;
  }

  byte[] bytes() {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(bytes.toByteArray());
    whole.writeBytes(new byte[2 * BLOCK]);
    return whole.toByteArray();
  }

  byte[] gzipped() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes());
    }
    return packed.toByteArray();
  }

  /// What looks like a header gets the sum that it says it has.
  static void mendChecksums(byte[] archive) {
    for (int at = 0; at + BLOCK <= archive.length; at += BLOCK) {
      if (archive[at + 257] == 'u') {
        check(archive, at);
      }
    }
  }

  private static void check(byte[] archive, int at) {
    Arrays.fill(archive, at + 148, at + 156, (byte) ' ');
    int sum = 0;
    for (int i = at; i < at + BLOCK; i++) {
      sum += archive[i] & 0xff;
    }
    byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, archive, at + 148, text.length);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] field = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(field, 0, header, at, field.length);
  }
}
