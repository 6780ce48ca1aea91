package muster.blob;

import java.io.IOException;
import java.io.InputStream;

/// Moves content in pieces, so that no more than one of them is in memory.
public final class Content {
  /// Large enough that what each piece costs besides does not show.
  private static final int PIECE = 256 * 1024;

  private Content() {}

  /// Takes content piece by piece, and blocks while it can't take more.
  @FunctionalInterface
  public interface Sink {
    void write(byte[] piece);
  }

  /// Copies `count` bytes, or less when there are no more.
  ///
  /// @param meanwhile is told before each piece how many have gone, and stops by throwing
  public static void copy(InputStream from, long count, Sink to, Progress meanwhile)
      throws IOException {
    copy(from, count, PIECE, to, meanwhile);
  }

  /// As above, in pieces of `size` bytes but for the last.
  public static void copy(InputStream from, long count, int size, Sink to, Progress meanwhile)
      throws IOException {
    long done = 0;
    while (done < count) {
      meanwhile.at(done);
      // A new one each time: the sink keeps it until the network has taken it.
      byte[] piece = from.readNBytes((int) Math.min(size, count - done));
      if (piece.length == 0) {
        return;
      }
      to.write(piece);
      done += piece.length;
    }
    meanwhile.at(done);
  }

  /// Hears how far it is.
  @FunctionalInterface
  public interface Progress {
    void at(long bytes);
  }
}
