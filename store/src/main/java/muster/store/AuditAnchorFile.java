package muster.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.audit.AuditAnchor;
import muster.audit.AuditHead;
import muster.fault.Fault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit log's head in a small file beside the store: a line for the head, then one for each
/// lost one, all of one length, so that noting a head overwrites one line in place.
///
/// Noting only hands the line to the kernel: the death of the server loses nothing, the loss of
/// power at most what came since the last [#sync()], and then the head lags behind the log, which
/// proves less and alarms nobody.
public final class AuditAnchorFile implements AuditAnchor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditAnchorFile.class);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /// 19 digits, a colon, 64 digits of a hash, a line end.
  private static final int LINE = 19 + 1 + 64 + 1;

  private final FileChannel file;
  private volatile boolean dirty;
  private volatile boolean failing;

  private AuditAnchorFile(FileChannel file) {
    this.file = file;
  }

  /// The file's place below a data directory.
  public static Path in(Path data) {
    return data.resolve("server/audit.head");
  }

  /// Opens the file, and makes it if need be.
  public static AuditAnchorFile open(Path path) {
    try {
      return new AuditAnchorFile(
          FileChannel.open(
              path,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(OWNER_ONLY)));
    } catch (IOException e) {
      throw new UncheckedIOException("%s can't be used".formatted(path), e);
    }
  }

  /// Opens a file that may be missing, to read it only.
  public static AuditAnchor openToRead(Path path) {
    try {
      return Files.exists(path)
          ? new AuditAnchorFile(FileChannel.open(path, StandardOpenOption.READ))
          : AuditAnchor.NONE;
    } catch (IOException e) {
      throw new UncheckedIOException("%s can't be read".formatted(path), e);
    }
  }

  @Override
  public Optional<AuditHead> head() {
    return lines().getFirst();
  }

  @Override
  public List<AuditHead> lost() {
    return lines().stream().skip(1).flatMap(Optional::stream).toList();
  }

  /// At least one; a line that holds no head is empty.
  private List<Optional<AuditHead>> lines() {
    try {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
      for (int at = 0; bytes.hasRemaining(); ) {
        int read = file.read(bytes, at);
        if (read < 0) {
          break;
        }
        at += read;
      }
      String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
      List<Optional<AuditHead>> lines = new ArrayList<>();
      text.lines().forEach(line -> lines.add(parse(line)));
      return lines.isEmpty() ? List.of(Optional.empty()) : lines;
    } catch (IOException e) {
      throw new UncheckedIOException("the audit log's head can't be read", e);
    }
  }

  private static Optional<AuditHead> parse(String line) {
    try {
      return Optional.of(AuditHead.parse(line));
    } catch (Fault e) {
      return Optional.empty();
    }
  }

  @Override
  public void note(AuditHead head) {
    try {
      write(line(head), 0);
      dirty = true;
      failing = false;
    } catch (IOException e) {
      // The deed is done and on record; that the proof lags behind must not undo it.
      if (!failing) {
        log.error("the audit log's head can't be noted", e);
      }
      failing = true;
    }
  }

  private static ByteBuffer line(AuditHead head) {
    return StandardCharsets.US_ASCII.encode("%019d:%s\n".formatted(head.seq(), head.hash()));
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
  }

  @Override
  public void keepAsLost() {
    head()
        .ifPresent(head -> {
          try {
            write(line(head), Math.max(LINE, file.size()));
            file.force(false);
          } catch (IOException e) {
            throw new UncheckedIOException("the audit log's head can't be kept", e);
          }
        });
  }

  /// Brings to the disk what was noted since the last time. Called once a second by the server.
  public void sync() {
    if (dirty) {
      dirty = false;
      try {
        file.force(false);
      } catch (IOException e) {
        log.error("the audit log's head can't be synced", e);
      }
    }
  }

  @Override
  public void close() {
    sync();
    try {
      file.close();
    } catch (IOException e) {
      log.debug("the audit log's head could not be closed", e);
    }
  }
}
