package muster.it.snippbot;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.ReaderException;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/// Reads QR symbols as a phone would, in each form that the server draws them in.
final class Qr {
  private static final int PIXELS = 8;
  private static final Pattern DARK = Pattern.compile("M([0-9]+) ([0-9]+)h1v1h-1z");

  private Qr() {}

  static String ofPng(byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    int width = image.getWidth();
    int height = image.getHeight();
    return read(image.getRGB(0, 0, width, height, null, 0, width), width, height);
  }

  static String ofSvg(String svg) {
    Matcher side = Pattern.compile("viewBox=\"0 0 ([0-9]+) ").matcher(svg);
    if (!side.find()) {
      throw new AssertionError(svg);
    }
    boolean[][] dark = new boolean[Integer.parseInt(side.group(1))][];
    for (int y = 0; y < dark.length; y++) {
      dark[y] = new boolean[dark.length];
    }
    Matcher module = DARK.matcher(svg);
    while (module.find()) {
      dark[Integer.parseInt(module.group(2))][Integer.parseInt(module.group(1))] = true;
    }
    return read(dark);
  }

  /// Blocks are light, the ground is dark.
  static String ofText(String text) {
    List<String> lines = text.lines().toList();
    boolean[][] dark = new boolean[2 * lines.size()][];
    for (int y = 0; y < lines.size(); y++) {
      String line = lines.get(y);
      dark[2 * y] = new boolean[line.length()];
      dark[2 * y + 1] = new boolean[line.length()];
      for (int x = 0; x < line.length(); x++) {
        dark[2 * y][x] = " ▄".indexOf(line.charAt(x)) >= 0;
        dark[2 * y + 1][x] = " ▀".indexOf(line.charAt(x)) >= 0;
      }
    }
    return read(dark);
  }

  private static String read(boolean[][] dark) {
    int width = dark[0].length * PIXELS;
    int height = dark.length * PIXELS;
    int[] pixels = new int[width * height];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = dark[i / width / PIXELS][i % width / PIXELS] ? 0x000000 : 0xffffff;
    }
    return read(pixels, width, height);
  }

  private static String read(int[] pixels, int width, int height) {
    try {
      return new QRCodeReader()
          .decode(
              new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width, height, pixels))),
              Map.of(
                  DecodeHintType.PURE_BARCODE,
                  true,
                  DecodeHintType.POSSIBLE_FORMATS,
                  List.of(BarcodeFormat.QR_CODE)))
          .getText();
    } catch (ReaderException e) {
      throw new AssertionError("no QR symbol", e);
    }
  }

  /// One thing that an invitation says.
  static String field(String invitation, String name) {
    return Objects.requireNonNull(fields(invitation).get(name), name);
  }

  /// What an invitation says, by name.
  static Map<String, String> fields(String invitation) {
    URI uri = URI.create(invitation);
    Map<String, String> fields = new HashMap<>();
    for (String pair : uri.getRawQuery().split("&")) {
      fields.put(
          pair.substring(0, pair.indexOf('=')),
          URLDecoder.decode(pair.substring(pair.indexOf('=') + 1), StandardCharsets.UTF_8));
    }
    return fields;
  }
}
