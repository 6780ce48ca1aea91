package muster.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import muster.blob.BlobStore;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.BlobId;

/// Blobs as files of one directory: `ID.part` until it is sealed, `ID` then. What is known of each
/// is in memory, so that asking costs nothing; it is read from the directory at start. Shared by
/// all threads. Each [Entry] guards its own numbers, and its file belongs to whoever has
/// [Entry#taken] it; nothing is read or written under a lock.
public final class FileBlobStore implements BlobStore {
  private static final String PART = ".part";

  /// So much of the disk stays free: the store beside it must be able to write.
  private static final long RESERVE = 256L << 20;

  /// A write may fail for want of room with less than this free.
  private static final long LEAST_FREE = 1L << 20;

  private final Path directory;
  private final long budget;
  private final long reserve;
  private final FileStore disk;
  private final AtomicLong used = new AtomicLong();
  private final ConcurrentMap<BlobId, Entry> entries = new ConcurrentHashMap<>();

  private FileBlobStore(Path directory, long budget, long reserve) throws IOException {
    this.directory = directory;
    this.disk = Files.getFileStore(directory);
    this.budget = budget;
    this.reserve = reserve;
  }

  /// @param budget the most bytes of all blobs
  public static FileBlobStore open(Path directory, long budget) {
    return open(directory, budget, RESERVE);
  }

  /// @param reserve bytes of the disk that are left to others
  public static FileBlobStore open(Path directory, long budget, long reserve) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      FileBlobStore store = new FileBlobStore(directory, budget, reserve);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          store.found(file);
        }
      }
      return store;
    } catch (IOException e) {
      throw new UncheckedIOException("spool: " + directory + " can't be used", e);
    }
  }

  private void found(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    boolean part = name.endsWith(PART);
    String id = part ? name.substring(0, name.length() - PART.length()) : name;
    if (BlobId.isValid(id) && Files.isRegularFile(file)) {
      Entry entry = new Entry(!part, Files.size(file));
      entries.put(new BlobId(id), entry);
      used.addAndGet(entry.length());
    }
  }

  /// What is known of a blob.
  private final class Entry {
    private boolean sealed;
    private long length;
    private boolean taken;
    private boolean deleted;

    /// Of all bytes, kept up by whoever has taken the entry; absent when that is not known.
    private Optional<MessageDigest> digest;

    private Entry(boolean sealed, long length) {
      this.sealed = sealed;
      this.length = length;
      this.digest = length == 0 ? Optional.of(Checksum.digest()) : Optional.empty();
    }

    private synchronized long length() {
      return length;
    }

    private synchronized boolean isSealed() {
      return sealed;
    }

    private synchronized boolean take() {
      boolean free = !taken;
      taken = true;
      return free;
    }

    private synchronized void giveBack() {
      taken = false;
    }

    private synchronized void setLength(long to) {
      if (!deleted) {
        used.addAndGet(to - length);
        length = to;
      }
    }

    private synchronized boolean isDeleted() {
      return deleted;
    }

    private synchronized void delete() {
      setLength(0);
      deleted = true;
    }

    private synchronized void seal() {
      sealed = true;
    }
  }

  private Path part(BlobId id) {
    return directory.resolve(id + PART);
  }

  private Path whole(BlobId id) {
    return directory.resolve(id.value());
  }

  @Override
  public long length(BlobId id) {
    return Optional.ofNullable(entries.get(id)).map(Entry::length).orElse(0L);
  }

  @Override
  public boolean isSealed(BlobId id) {
    return Optional.ofNullable(entries.get(id)).filter(Entry::isSealed).isPresent();
  }

  @Override
  public Set<BlobId> ids() {
    return Set.copyOf(entries.keySet());
  }

  @Override
  public long used() {
    return used.get();
  }

  @Override
  public long budget() {
    return budget;
  }

  @Override
  public Writer append(BlobId id, long offset) {
    Entry entry = entries.computeIfAbsent(id, key -> new Entry(false, 0));
    take(id, entry);
    try {
      if (entry.isSealed() || entry.length() != offset) {
        throw new Fault(
            FaultCode.FAILED_PRECONDITION,
            "offset: %d (expected: %d)".formatted(offset, entry.length()),
            Map.of(Fault.REASON, "wrong_offset"));
      }
      return new FileWriter(id, entry);
    } catch (IOException e) {
      entry.giveBack();
      throw failed(id, e);
    } catch (RuntimeException e) {
      entry.giveBack();
      throw e;
    }
  }

  private static void take(BlobId id, Entry entry) {
    if (!entry.take()) {
      throw new Fault(
          FaultCode.UNAVAILABLE,
          "%s is being written by another request".formatted(id),
          Map.of(Fault.REASON, "blob_busy", Fault.RETRY_AFTER_SECONDS, "1"));
    }
  }

  @Override
  public Checksum seal(BlobId id) {
    Entry entry = entries.computeIfAbsent(id, key -> new Entry(false, 0));
    take(id, entry);
    try {
      if (!entry.isSealed()) {
        makeDurable(id, entry.length());
        entry.seal();
      }
      return checksum(id, entry);
    } catch (IOException e) {
      throw entry.isDeleted() ? Fault.notFound("content", id.value()) : failed(id, e);
    } finally {
      entry.giveBack();
    }
  }

  /// What a write that failed has left behind the end is cut off.
  private void makeDurable(BlobId id, long length) throws IOException {
    try (FileChannel file =
        FileChannel.open(part(id), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.truncate(length);
      file.force(true);
    }
    move(part(id), whole(id));
  }

  private void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel names = FileChannel.open(directory)) {
      names.force(true);
    }
  }

  /// Of what was written, as it went by; read again where that was before a restart.
  private Checksum checksum(BlobId id, Entry entry) throws IOException {
    MessageDigest digest = entry.digest.orElse(null);
    if (digest == null) {
      digest = Checksum.digest();
      byte[] buffer = new byte[64 * 1024];
      try (InputStream content = Files.newInputStream(whole(id))) {
        for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
          digest.update(buffer, 0, count);
        }
      }
    }
    entry.digest = Optional.empty();
    return Checksum.of(digest);
  }

  @Override
  public void rename(BlobId id, BlobId to) {
    Entry entry = entries.get(id);
    if (entry == null || !entry.isSealed()) {
      throw Fault.notFound("content", id.value());
    }
    take(id, entry);
    try {
      move(whole(id), whole(to));
      entries.put(to, entry);
      entries.remove(id);
    } catch (IOException e) {
      throw failed(id, e);
    } finally {
      entry.giveBack();
    }
  }

  @Override
  public InputStream open(BlobId id, long offset) {
    try {
      FileChannel file =
          FileChannel.open(isSealed(id) ? whole(id) : part(id), StandardOpenOption.READ);
      return Channels.newInputStream(file.position(offset));
    } catch (NoSuchFileException e) {
      throw Fault.notFound("content", id.value());
    } catch (IOException e) {
      throw failed(id, e);
    }
  }

  @Override
  public void delete(BlobId id) {
    Entry entry = entries.remove(id);
    if (entry == null) {
      return;
    }
    entry.delete();
    try {
      Files.deleteIfExists(part(id));
      Files.deleteIfExists(whole(id));
    } catch (IOException e) {
      throw failed(id, e);
    }
  }

  private RuntimeException failed(BlobId id, IOException e) {
    return isFull() ? full() : new UncheckedIOException("spool: " + id, e);
  }

  /// Whether others have left so little of the disk that this is why a write failed.
  private boolean isFull() {
    try {
      return disk.getUsableSpace() < LEAST_FREE;
    } catch (IOException e) {
      return false;
    }
  }

  private static Fault full() {
    return new Fault(
        FaultCode.RESOURCE_EXHAUSTED,
        "no room for the file: the server's disk is full",
        Map.of(Fault.REASON, "spool_full"));
  }

  /// Refuses what would not leave enough of the disk and of the budget.
  private void requireRoom(int count) throws IOException {
    if (used.get() + count > budget) {
      throw new Fault(
          FaultCode.RESOURCE_EXHAUSTED,
          "no room for the file: all files of its kind may have %d MiB of the server's disk"
              .formatted(budget >> 20),
          Map.of(Fault.REASON, "spool_full"));
    }
    if (disk.getUsableSpace() < reserve + count) {
      throw full();
    }
  }

  private final class FileWriter implements Writer {
    private final BlobId id;
    private final Entry entry;
    private final FileChannel file;
    private final long began;

    private FileWriter(BlobId id, Entry entry) throws IOException {
      this.id = id;
      this.entry = entry;
      this.began = entry.length();
      this.file =
          FileChannel.open(part(id), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      if (entry.isDeleted()) {
        throw Fault.notFound("content", id.value());
      }
      try {
        requireRoom(count);
        long at = entry.length();
        ByteBuffer rest = ByteBuffer.wrap(bytes, from, count);
        while (rest.hasRemaining()) {
          at += file.write(rest, at);
        }
        entry.digest.ifPresent(digest -> digest.update(bytes, from, count));
        entry.setLength(at);
      } catch (IOException e) {
        throw failed(id, e);
      }
    }

    @Override
    public long length() {
      return entry.length();
    }

    @Override
    public void undo() {
      try {
        file.truncate(began);
        entry.digest = began == 0 ? Optional.of(Checksum.digest()) : Optional.empty();
        entry.setLength(began);
      } catch (IOException e) {
        throw failed(id, e);
      }
    }

    @Override
    public void close() {
      try {
        file.close();
      } catch (IOException e) {
        throw failed(id, e);
      } finally {
        entry.giveBack();
      }
    }
  }
}
