package muster.agent.host;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// A tar archive as a whole: whether it could be unpacked.
public final class TarArchive {
  private TarArchive() {}

  /// @param entries files, directories and links
  /// @param bytes of the files' contents
  public record Summary(long entries, long bytes) {}

  /// Reads it to its end and keeps nothing of it.
  ///
  /// @throws IOException saying what is wrong with it
  public static Summary read(InputStream in) throws IOException, InterruptedException {
    TarReader tar = new TarReader(in);
    long entries = 0;
    long bytes = 0;
    for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
      entries++;
      bytes += next.get().size();
    }
    return new Summary(entries, bytes);
  }
}
