package muster.agent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import muster.agent.hash.Sha256;

/// The running SHA-256 of a file's beginning.
final class Digest {
  private static final int PIECE = 64 * 1024;

  private final MessageDigest digest = Sha256.digest();
  private long length;

  void add(byte[] bytes, int count) {
    digest.update(bytes, 0, count);
    length += count;
  }

  long length() {
    return length;
  }

  /// Reads on up to `end`, from where it is.
  void catchUp(FileChannel file, long end) throws IOException {
    byte[] piece = new byte[PIECE];
    while (length < end) {
      ByteBuffer buffer = ByteBuffer.wrap(piece, 0, (int) Math.min(PIECE, end - length));
      int count = file.read(buffer, length);
      if (count < 0) {
        throw new IOException("the file became shorter while it was read");
      }
      add(piece, count);
    }
  }

  /// Ends it: `sha256:` and hexadecimal digits.
  String text() {
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }

  /// Of a piece, as it stands in the header `Content-Digest`.
  static String header(byte[] bytes, int count) {
    MessageDigest digest = Sha256.digest();
    digest.update(bytes, 0, count);
    return "sha-256=:" + Base64.getEncoder().encodeToString(digest.digest()) + ":";
  }
}
