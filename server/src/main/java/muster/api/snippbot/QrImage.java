package muster.api.snippbot;

import io.nayuki.qrcodegen.QrCode;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/// A QR symbol as a picture, with the quiet zone of four modules that readers want. The PNG is
/// written here, for two colours need no imaging library: that of the JDK would bring a graphics
/// system into a server without a screen.
final class QrImage {
  private static final int QUIET = 4;
  private static final int PIXELS = 8;
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private final QrCode symbol;

  QrImage(String text) {
    symbol = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
  }

  /// Modules on each side, the quiet zone included.
  private int side() {
    return symbol.size + 2 * QUIET;
  }

  /// Outside the symbol all is light.
  private boolean isDark(int x, int y) {
    return symbol.getModule(x - QUIET, y - QUIET);
  }

  /// One bit a pixel, grey.
  byte[] png() {
    int width = side() * PIXELS;
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(file)) {
      out.write(SIGNATURE);
      chunk(out, "IHDR", header(width));
      chunk(out, "IDAT", pixels());
      chunk(out, "IEND", new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  private static byte[] header(int width) throws IOException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(header);
    out.writeInt(width);
    out.writeInt(width);
    out.writeByte(1); // bit depth
    out.write(new byte[4]); // grey, deflate, filtered by line, not interlaced
    return header.toByteArray();
  }

  private byte[] pixels() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
      for (int y = 0; y < side(); y++) {
        byte[] line = new byte[1 + side()]; // a filter's number, then a module in each byte
        for (int x = 0; x < side(); x++) {
          line[1 + x] = (byte) (isDark(x, y) ? 0x00 : 0xff);
        }
        for (int i = 0; i < PIXELS; i++) {
          out.write(line);
        }
      }
    }
    return packed.toByteArray();
  }

  private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeInt(data.length);
    out.write(name);
    out.write(data);
    out.writeInt((int) crc.getValue());
  }

  String svg() {
    StringBuilder path = new StringBuilder();
    for (int y = 0; y < side(); y++) {
      for (int x = 0; x < side(); x++) {
        if (isDark(x, y)) {
          path.append("M%d %dh1v1h-1z".formatted(x, y));
        }
      }
    }
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %1$d" shape-rendering="crispEdges">
    <rect width="%1$d" height="%1$d" fill="#fff"/>
    <path d="%2$s"/>
    </svg>
    """
        .formatted(side(), path);
  }

  /// For a terminal with light text on dark ground: what is light is drawn, two lines of modules in
  /// each line of text.
  String text() {
    StringBuilder text = new StringBuilder();
    for (int y = 0; y < side(); y += 2) {
      for (int x = 0; x < side(); x++) {
        boolean below = !isDark(x, y + 1);
        text.append(isDark(x, y) ? below ? '▄' : ' ' : below ? '█' : '▀');
      }
      text.append('\n');
    }
    return text.toString();
  }
}
