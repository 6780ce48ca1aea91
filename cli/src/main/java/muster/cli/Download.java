package muster.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/// The content of a transfer on its way from the server: a connection that breaks or says nothing
/// is opened again behind the last byte that came. Used by one thread.
final class Download {
  static final Duration SILENCE = Duration.ofSeconds(45);
  private static final int PIECE = 64 * 1024;

  private final Api api;
  private final String path;
  private final long size;
  private final Duration silence;
  private final Checksum checksum = new Checksum();
  private final byte[] piece = new byte[PIECE];
  private long done;

  /// @param path of the content
  /// @param silence how long a connection may say nothing before it counts as dead
  Download(Api api, String path, long size, Duration silence) {
    this.api = api;
    this.path = path;
    this.size = size;
    this.silence = silence;
  }

  /// Takes all of it.
  ///
  /// @return the checksum of what came
  String to(OutputStream out, Progress progress, Patience patience) throws InterruptedException {
    while (done < size) {
      patience.until(() -> connection(out, progress));
    }
    return checksum.text();
  }

  /// One connection.
  ///
  /// @return how far it is now
  /// @throws Failure when nothing came of it
  private long connection(OutputStream out, Progress progress) {
    long before = done;
    try (InputStream in = new Heard(api.content(path, done), silence)) {
      for (int n = in.read(piece); n >= 0 && done + n <= size; n = in.read(piece)) {
        write(out, n);
        checksum.add(piece, 0, n);
        done += n;
        progress.at(done, size);
      }
      if (done == before && done < size) {
        throw new IOException("the server sent less than the file has");
      }
    } catch (IOException e) {
      if (done == before) {
        throw api.unreachable(e);
      }
    }
    return done;
  }

  private void write(OutputStream out, int count) {
    try {
      out.write(piece, 0, count);
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "cannot write what came: " + e.getMessage(), e);
    }
  }

  /// A stream that is closed, and so fails its reader, when it says nothing for long.
  private static final class Heard extends FilterInputStream {
    private final Silence silence;

    private Heard(InputStream in, Duration longest) {
      super(in);
      this.silence = new Silence(in, longest);
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      silence.heard();
      return in.read(bytes, from, count);
    }

    @Override
    public void close() throws IOException {
      silence.close();
    }
  }
}
