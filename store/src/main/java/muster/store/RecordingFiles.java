package muster.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.remote.Recording;
import muster.remote.RecordingStore;

/// Recordings as files of one directory, that any player of asciicast plays. A name has all that a
/// list shows: `1776263400000.ses_….dev_….<who, in base64>.cast`. They leave the store room to
/// work.
public final class RecordingFiles implements RecordingStore {
  private static final String ENDING = "cast";
  private static final int LEAST_PARTS = 5;

  /// Of who began it, in bytes: with a device id of 128 the name stays below the 255 that file
  /// systems take. The title in the file has all of it.
  private static final int MOST_OF_WHO = 60;

  private static final long RESERVE = 256L << 20;

  private final Path directory;

  /// @param directory made when the first recording begins
  public RecordingFiles(Path directory) {
    this.directory = directory;
  }

  @Override
  public Tape begin(Recording recording) {
    String who =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(beginning(recording.startedBy(), MOST_OF_WHO).getBytes(UTF_8));
    String name =
        String.join(
            ".",
            String.format(Locale.ROOT, "%013d", recording.startedAt().toEpochMilli()),
            recording.id(),
            recording.device().value(),
            who,
            ENDING);
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      requireRoom();
      return new FileTape(
          FileChannel.open(
              directory.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw unavailable(String.valueOf(e.getMessage()));
    }
  }

  /// So much of a text that it has at most so many bytes, cut between characters.
  private static String beginning(String text, int bytes) {
    String some = text;
    while (some.getBytes(UTF_8).length > bytes) {
      some = some.substring(0, some.offsetByCodePoints(some.length(), -1));
    }
    return some;
  }

  private void requireRoom() throws IOException {
    if (Files.getFileStore(directory).getUsableSpace() < RESERVE) {
      throw unavailable("less than %d MiB of disk are free".formatted(RESERVE >> 20));
    }
  }

  private static Fault unavailable(String why) {
    return new Fault(FaultCode.UNAVAILABLE, "the recording can't be written: " + why);
  }

  private final class FileTape implements Tape {
    private final FileChannel file;

    private FileTape(FileChannel file) {
      this.file = file;
    }

    @Override
    public void write(String lines) {
      try {
        requireRoom();
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(UTF_8));
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
      } catch (ClosedChannelException e) {
        // The session has ended meanwhile.
      } catch (IOException e) {
        throw unavailable(String.valueOf(e.getMessage()));
      }
    }

    @Override
    public void close() {
      try {
        file.close();
      } catch (IOException e) {
        throw unavailable(String.valueOf(e.getMessage()));
      }
    }
  }

  @Override
  public List<Recording> find(Optional<DeviceId> device, Optional<String> before, int limit) {
    List<Path> files = files();
    boolean[] behind = {before.isEmpty()};
    return files.stream()
        .map(RecordingFiles::read)
        .flatMap(Optional::stream)
        .filter(found -> {
          boolean listed = behind[0];
          behind[0] |= before.equals(Optional.of(found.id()));
          return listed;
        })
        .filter(found -> device.isEmpty() || device.get().equals(found.device()))
        .limit(limit)
        .toList();
  }

  /// Newest first.
  private List<Path> files() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .sorted(Comparator.comparing((Path file) -> file.getFileName().toString()).reversed())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Empty for what is none of ours.
  private static Optional<Recording> read(Path file) {
    List<String> parts = List.of(file.getFileName().toString().split("\\."));
    int last = parts.size() - 1;
    if (parts.size() < LEAST_PARTS || !parts.get(last).equals(ENDING)) {
      return Optional.empty();
    }
    String device = String.join(".", parts.subList(2, last - 1)); // an id may have dots
    try {
      return Optional.of(
          new Recording(
              parts.get(1),
              new DeviceId(device),
              new String(Base64.getUrlDecoder().decode(parts.get(last - 1)), UTF_8),
              Instant.ofEpochMilli(Long.parseLong(parts.getFirst())),
              Files.size(file)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // removed meanwhile
    }
  }

  @Override
  public Optional<InputStream> open(String id) {
    for (Path file : files()) {
      if (read(file).filter(found -> found.id().equals(id)).isPresent()) {
        try {
          return Optional.of(Files.newInputStream(file));
        } catch (NoSuchFileException e) {
          return Optional.empty();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public int deleteBefore(Instant before) {
    int deleted = 0;
    for (Path file : files()) {
      if (read(file).filter(found -> found.startedAt().isBefore(before)).isPresent()) {
        try {
          Files.delete(file);
          deleted++;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return deleted;
  }
}
