package muster.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Iterator;
import java.util.stream.Stream;

/// A JSON array of which each part is made when it is written: all of them together may be larger
/// than the memory.
public final class LongArray {
  private static final int PIECE = 64 * 1024;

  private LongArray() {}

  /// Returns how many parts it had.
  public static int write(BodyWriter out, Stream<?> parts) {
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    int count = 0;
    for (Iterator<?> each = parts.iterator(); each.hasNext(); count++) {
      piece.write(count == 0 ? '[' : ',');
      piece.writeBytes(Reply.bytes(each.next()));
      if (piece.size() >= PIECE) {
        out.write(piece.toByteArray());
        piece.reset();
      }
    }
    piece.writeBytes((count == 0 ? "[]" : "]").getBytes(UTF_8));
    out.write(piece.toByteArray());
    return count;
  }
}
