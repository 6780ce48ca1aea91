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
import java.util.Optional;
import java.util.stream.Stream;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.remote.Recording;
import muster.remote.RecordingStore;

/// Recordings as files of one directory, that any player of asciicast plays. A name has all that a
/// list shows: `1776263400000.ses_….dev_….<who, in base64>.cast`.
public final class RecordingFiles implements RecordingStore {
  private static final String ENDING = "cast";
  private static final int PARTS = 5;

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
            .encodeToString(recording.startedBy().getBytes(UTF_8));
    String name =
        String.join(
            ".",
            "%013d".formatted(recording.startedAt().toEpochMilli()),
            recording.id(),
            recording.device().value(),
            who,
            ENDING);
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return new FileTape(
          FileChannel.open(
              directory.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw unavailable(e);
    }
  }

  private static Fault unavailable(IOException e) {
    return new Fault(FaultCode.UNAVAILABLE, "the recording can't be written: " + e.getMessage());
  }

  private record FileTape(FileChannel file) implements Tape {
    @Override
    public void write(String lines) {
      try {
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(UTF_8));
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
      } catch (ClosedChannelException e) {
        // The session has ended meanwhile.
      } catch (IOException e) {
        throw unavailable(e);
      }
    }

    @Override
    public void close() {
      try {
        file.close();
      } catch (IOException e) {
        throw unavailable(e);
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
    String[] parts = file.getFileName().toString().split("\\.");
    if (parts.length != PARTS || !parts[PARTS - 1].equals(ENDING)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Recording(
              parts[1],
              new DeviceId(parts[2]),
              new String(Base64.getUrlDecoder().decode(parts[3]), UTF_8),
              Instant.ofEpochMilli(Long.parseLong(parts[0])),
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
