package muster.socket;

import com.linecorp.armeria.common.HttpData;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// Keeps the head of a WebSocket frame (RFC 6455, section 5.2) in one piece, however the network
/// cut the stream up: what comes of a head is held until the rest of it is there.
///
/// Armeria 1.40 reads a length of 16 bits wrongly when its two bytes come in different pieces and
/// the second is above 127 (`StreamDecoderInput.readUnsignedShort` does not mask it), and ends the
/// connection with 1002. Of streams of 50 MB in frames of 4 KiB that ended one in ten.
///
/// Used by one thread.
final class FrameHeads {
  private static final byte[] NOTHING = {};
  private static final int LENGTH_16 = 126;
  private static final int LENGTH_64 = 127;
  private static final int MASK_BYTES = 4;

  private byte[] held = NOTHING;

  /// Of the present frame's payload, what has not come.
  private long payloadLeft;

  /// The next piece of the stream as it is to be handed on; perhaps empty.
  HttpData next(HttpData piece) {
    byte[] bytes = held.length == 0 ? piece.array() : joined(held, piece.array());
    int whole = upToTheLastWholeHead(bytes);
    if (whole == bytes.length && held.length == 0) {
      return piece;
    }
    held = whole == bytes.length ? NOTHING : Arrays.copyOfRange(bytes, whole, bytes.length);
    piece.close();
    return HttpData.wrap(bytes, 0, whole);
  }

  private static byte[] joined(byte[] first, byte[] second) {
    ByteArrayOutputStream both = new ByteArrayOutputStream(first.length + second.length);
    both.writeBytes(first);
    both.writeBytes(second);
    return both.toByteArray();
  }

  private int upToTheLastWholeHead(byte[] bytes) {
    int at = 0;
    while (true) {
      int skipped = (int) Math.min(payloadLeft, bytes.length - at);
      at += skipped;
      payloadLeft -= skipped;
      int head = at == bytes.length ? 0 : headLength(bytes, at);
      if (head == 0 || at + head > bytes.length) {
        return at;
      }
      payloadLeft = payloadLength(bytes, at);
      at += head;
    }
  }

  /// How long the head that begins there is; longer than what there is while that is not known.
  private static int headLength(byte[] bytes, int at) {
    if (bytes.length - at < 2) {
      return 2;
    }
    boolean masked = bytes[at + 1] < 0;
    return 2 + lengthBytes(bytes, at) + (masked ? MASK_BYTES : 0);
  }

  private static int lengthBytes(byte[] bytes, int at) {
    return switch (bytes[at + 1] & 0x7f) {
      case LENGTH_16 -> Short.BYTES;
      case LENGTH_64 -> Long.BYTES;
      default -> 0;
    };
  }

  private static long payloadLength(byte[] bytes, int at) {
    int count = lengthBytes(bytes, at);
    if (count == 0) {
      return bytes[at + 1] & 0x7f;
    }
    long length = 0;
    for (int i = 0; i < count; i++) {
      length = length << 8 | bytes[at + 2 + i] & 0xff;
    }
    // One that is negative is refused by whoever decodes it; nothing behind it matters.
    return length < 0 ? Long.MAX_VALUE : length;
  }
}
