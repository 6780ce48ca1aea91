package muster.agent.tool;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import muster.agent.policy.Policy;
import muster.agent.state.DurableFile;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// More about single files. Each is opened as [OpenPlace] does.
final class FileTools {
  private static final Map<String, String> DIGESTS = Map.of("sha256", "SHA-256", "md5", "MD5");
  private static final int BUFFER = 64 * 1024;

  private FileTools() {}

  static Job lines(JsonObject json) {
    Args args = new Args(json, "path", "offset", "lines");
    Path path = Paths.read(args);
    long offset = args.number("offset", 0, Integer.MAX_VALUE, 0);
    int most = (int) args.number("lines", 1, 1000, 100);
    return reading(
        path,
        (desk, file) -> {
          LineReader reader =
              new LineReader(
                  new BufferedInputStream(Channels.newInputStream(file), BUFFER),
                  desk.policy().limits().fileBytes());
          long passed = 0;
          while (passed < offset && reader.pass()) {
            passed++;
          }
          List<String> lines = new ArrayList<>();
          while (lines.size() < most && reader.next()) {
            lines.add(reader.line());
          }
          desk.print(
              JsonObject.builder()
                  .put("path", path.toString())
                  .put("offset", offset)
                  .put("lines", lines)
                  .put("more", reader.more())
                  .build());
        });
  }

  static Job checksum(JsonObject json) {
    Args args = new Args(json, "path", "algorithm");
    Path path = Paths.read(args);
    String algorithm = args.word("algorithm", "sha256", "md5");
    return reading(
        path,
        (desk, file) ->
            desk.print(
                JsonObject.builder()
                    .put("path", path.toString())
                    .put("algorithm", algorithm)
                    .put("checksum", digest(file, algorithm))
                    .put("size", file.size())
                    .build()));
  }

  /// In hexadecimal digits.
  static String digest(SeekableByteChannel file, String algorithm)
      throws IOException, InterruptedException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(DIGESTS.getOrDefault(algorithm, algorithm));
    } catch (NoSuchAlgorithmException e) {
      throw new IOException(algorithm + ": this Java does not know it", e);
    }
    byte[] buffer = new byte[BUFFER];
    InputStream in = Channels.newInputStream(file);
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      digest.update(buffer, 0, read);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static Job stat(JsonObject json) {
    Path path = Paths.read(new Args(json, "path"));
    return Job.of(
        policy -> policy.requirePath(Policy.Access.READ, path),
        desk -> {
          try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, desk.policy())) {
            PosixFileAttributes found =
                place.attributes().orElseThrow(() -> new IOException(path + ": gone"));
            desk.print(
                JsonObject.builder()
                    .put("path", path.toString())
                    .put("real_path", place.path().toString())
                    .put("type", OpenPlace.kind(found))
                    .put("size", found.size())
                    .put("mode", Modes.text(found.permissions()))
                    .put("owner", found.owner().getName())
                    .put("group", found.group().getName())
                    .put("mtime", time(found.lastModifiedTime()))
                    .put("atime", time(found.lastAccessTime()))
                    .build());
          } catch (FileSystemException e) {
            throw Paths.told(path, e);
          }
        });
  }

  private static String time(FileTime time) {
    return time.toInstant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// A symbolic link goes itself, and not what it leads to.
  static Job delete(JsonObject json) {
    Path path = Paths.read(new Args(json, "path"));
    Path parent = path.getParent();
    if (parent == null) {
      throw new FieldException("args.path", path.toString(), "the path of a file");
    }
    return Job.of(
        policy -> policy.requirePath(Policy.Access.WRITE, path),
        desk -> {
          try (OpenPlace place = OpenPlace.itself(path, Policy.Access.WRITE, desk.policy())) {
            PosixFileAttributes found =
                place
                    .attributes()
                    .orElseThrow(() -> new IOException(path + ": no such file or directory"));
            if (!found.isRegularFile() && !found.isSymbolicLink()) {
              throw new IOException(path + ": " + OpenPlace.kind(found) + ", not a regular file");
            }
            desk.commit();
            place.directory().deleteFile(place.name());
            DurableFile.syncDirectory(place.path().resolveSibling("."));
            desk.print(
                JsonObject.builder()
                    .put("path", place.path().toString())
                    .put("type", OpenPlace.kind(found))
                    .put("size", found.size())
                    .build());
          } catch (FileSystemException e) {
            throw Paths.told(path, e);
          }
        });
  }

  /// What is done with a regular file that was opened.
  interface Reading {
    void of(Desk desk, SeekableByteChannel file) throws IOException, InterruptedException;
  }

  static Job reading(Path path, Reading reading) {
    return Job.of(
        policy -> policy.requirePath(Policy.Access.READ, path),
        desk -> {
          try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, desk.policy());
              SeekableByteChannel file = place.openRegular(path)) {
            reading.of(desk, file);
          } catch (FileSystemException e) {
            throw Paths.told(path, e);
          }
        });
  }

  /// Lines of a file of any size, each and all of them within a bound.
  private static final class LineReader {
    private static final int LONGEST = 64 * 1024;

    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int room;
    private boolean full;

    private LineReader(InputStream in, int room) {
      this.in = in;
      this.room = room;
    }

    private boolean pass() throws IOException, InterruptedException {
      return read(false);
    }

    /// @return whether there is one more, and room for it
    private boolean next() throws IOException, InterruptedException {
      line.reset();
      if (!read(true)) {
        return false;
      }
      full = line.size() > room;
      room -= line.size();
      return !full;
    }

    /// What is not UTF-8 is marked.
    private String line() {
      String text = line.toString(StandardCharsets.UTF_8);
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private boolean more() throws IOException {
      return full || in.read() >= 0;
    }

    private boolean read(boolean keep) throws IOException, InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      int b = in.read();
      if (b < 0) {
        return false;
      }
      while (b >= 0 && b != '\n') {
        if (keep && line.size() < LONGEST) {
          line.write(b);
        }
        b = in.read();
      }
      return true;
    }
  }
}
