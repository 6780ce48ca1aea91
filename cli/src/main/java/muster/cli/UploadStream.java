package muster.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A file on its way to the server: counted, hashed, shown, and ended where it ended when the
/// sending began. Read by one thread at a time.
final class UploadStream extends FilterInputStream {
  private final long size;
  private final Progress progress;
  private final Checksum checksum = new Checksum();
  private long done;
  private volatile boolean shrunk;

  /// @param size 0 or below when it is not known: what the kernel makes up, such as in `/proc`, has
  ///   size 0
  UploadStream(InputStream in, long size, Progress progress) {
    super(in);
    this.size = size;
    this.progress = progress;
  }

  /// Of what is behind the first `done` bytes, the stream being there already; the checksum is of
  /// that part alone.
  ///
  /// @param size of the whole
  UploadStream(InputStream rest, long done, long size, Progress progress) {
    this(rest, size, progress);
    this.done = done;
  }

  /// It has fewer bytes than when the sending began.
  boolean hasShrunk() {
    return shrunk;
  }

  /// Of what was read.
  String checksum() {
    return checksum.text();
  }

  @Override
  public int read(byte[] bytes, int from, int count) throws IOException {
    long left = size > 0 ? size - done : count;
    if (left == 0 && size > 0) {
      return -1;
    }
    int read = in.read(bytes, from, (int) Math.min(count, left));
    if (read > 0) {
      checksum.add(bytes, from, read);
      done += read;
      progress.at(done, size);
    } else if (read < 0 && size > 0) {
      shrunk = true;
      throw new IOException("the file has shrunk");
    }
    return read;
  }
}
