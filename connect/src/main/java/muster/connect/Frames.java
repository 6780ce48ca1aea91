package muster.connect;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Messages out of the bytes of a body, one at a time and only when asked. Used by one thread at a
/// time; holds the chunk it was fed last and at most one message.
sealed interface Frames {

  /// Takes the next chunk; the one before must be used up ([#next] gave null).
  void feed(byte[] chunk);

  /// The body is complete.
  void end();

  /// The next message, decompressed; null when more of the body is needed, or when it is over.
  ///
  /// @throws StatusRuntimeException for what the protocol forbids or the limit does
  byte @Nullable [] next();

  /// The body of a Connect unary call: the whole of it is the message.
  final class Whole implements Frames {
    private final Compression compression;
    private final int limit;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean ended;
    private boolean given;

    Whole(Compression compression, int limit) {
      this.compression = compression;
      this.limit = limit;
    }

    @Override
    public void feed(byte[] chunk) {
      if ((long) body.size() + chunk.length > Enveloped.mostOnWire(compression, limit)) {
        throw Faults.tooLarge(limit);
      }
      body.writeBytes(chunk);
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public byte @Nullable [] next() {
      if (!ended || given) {
        return null;
      }
      given = true;
      return compression.decompress(body.toByteArray(), limit);
    }
  }

  /// Envelopes: a byte of flags, four bytes of length, big-endian, the message. Connect streams and
  /// gRPC share the form.
  final class Enveloped implements Frames {
    private static final int HEADER = 5;
    private static final int COMPRESSED = 1;

    private final Compression compression;
    private final int limit;
    private final @Nullable Base64Text text;
    private final byte[] header = new byte[HEADER];
    private int headerBytes;
    private int length;
    private @Nullable ByteArrayOutputStream body;
    private byte[] chunk = {};
    private int position;
    private boolean ended;

    /// @param text whether the body is base64
    Enveloped(Compression compression, int limit, boolean text) {
      this.compression = compression;
      this.limit = limit;
      this.text = text ? new Base64Text() : null;
    }

    /// Compressing may lengthen a message a little.
    static long mostOnWire(Compression compression, int limit) {
      return compression == Compression.IDENTITY ? limit : limit + limit / 100 + 1024L;
    }

    @Override
    public void feed(byte[] more) {
      chunk = text == null ? more : text.decode(more);
      position = 0;
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public byte @Nullable [] next() {
      var complete = body == null ? readHeader() && readBody() : readBody();
      if (!complete) {
        if (ended && (headerBytes > 0 || (text != null && text.incomplete()))) {
          throw Faults.invalid("body: ends within a message");
        }
        return null;
      }
      var message = body == null ? new byte[0] : body.toByteArray();
      body = null;
      headerBytes = 0;
      return (header[0] & COMPRESSED) == 0 ? message : compression.decompress(message, limit);
    }

    private boolean readHeader() {
      int n = Math.min(HEADER - headerBytes, chunk.length - position);
      System.arraycopy(chunk, position, header, headerBytes, n);
      headerBytes += n;
      position += n;
      if (headerBytes < HEADER) {
        return false;
      }
      if ((header[0] & ~COMPRESSED) != 0) {
        throw Faults.invalid("envelope: flags " + (header[0] & 0xff) + " (expected: 0 or 1)");
      }
      if (header[0] == COMPRESSED && compression == Compression.IDENTITY) {
        throw Status.INTERNAL
            .withDescription("envelope: compressed (expected: an encoding named in the headers)")
            .asRuntimeException();
      }
      long claimed =
          Integer.toUnsignedLong(
              header[1] << 24
                  | (header[2] & 0xff) << 16
                  | (header[3] & 0xff) << 8
                  | (header[4] & 0xff));
      var allowed = header[0] == COMPRESSED ? mostOnWire(compression, limit) : (long) limit;
      if (claimed > allowed) {
        throw Faults.tooLarge(limit);
      }
      length = (int) claimed;
      // Grows with what truly arrives: five bytes must not claim megabytes.
      body = new ByteArrayOutputStream(Math.min(length, 8192));
      return true;
    }

    private boolean readBody() {
      var into = body;
      if (into == null) {
        return false;
      }
      int n = Math.min(length - into.size(), chunk.length - position);
      into.write(chunk, position, n);
      position += n;
      return into.size() == length;
    }
  }

  /// An envelope.
  static byte[] envelope(int flags, byte[] message) {
    var framed = new byte[5 + message.length];
    framed[0] = (byte) flags;
    framed[1] = (byte) (message.length >>> 24);
    framed[2] = (byte) (message.length >>> 16);
    framed[3] = (byte) (message.length >>> 8);
    framed[4] = (byte) message.length;
    System.arraycopy(message, 0, framed, 5, message.length);
    return framed;
  }

  /// Base64 in pieces that may each end in padding (gRPC-Web, "text" form).
  final class Base64Text {
    private final byte[] quartet = new byte[4];
    private int filled;

    boolean incomplete() {
      return filled > 0;
    }

    byte[] decode(byte[] text) {
      var out = new byte[(filled + text.length) / 4 * 3];
      int n = 0;
      for (byte c : text) {
        quartet[filled++] = c;
        if (filled == 4) {
          filled = 0;
          n += decodeQuartet(out, n);
        }
      }
      return n == out.length ? out : Arrays.copyOf(out, n);
    }

    private int decodeQuartet(byte[] out, int at) {
      try {
        var bytes = java.util.Base64.getDecoder().decode(quartet);
        System.arraycopy(bytes, 0, out, at, bytes.length);
        return bytes.length;
      } catch (IllegalArgumentException e) {
        throw Faults.invalid("body: not base64");
      }
    }
  }
}
