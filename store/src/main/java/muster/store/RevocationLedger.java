package muster.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import muster.id.RandomIds;

/// The file `revocations.log`: what was taken away from whom, in a place that restoring an older
/// store does not touch. One line an entry, `<seq> <kind> <id> <CRC-32>`, after a line with the
/// file's own name; only ids, which are no secrets. Belongs to the store's writer.
///
/// Appended and synced before the transaction that revokes is committed. So the file may know of a
/// revocation whose commit did not come about when the power went: it is carried out at the next
/// start, which nobody was told otherwise of. A torn last line is cut off.
public final class RevocationLedger implements AutoCloseable {
  private static final String HEADER = "muster-revocations 1 ";
  private static final Pattern LINE =
      Pattern.compile("(([0-9]{1,18}) ([a-z-]+) (\\S+)) (\\p{XDigit}{8})");

  /// @param seq counts from 1; the store's table `revocation` has the same number
  /// @param kind what the id is one of, as the schema's triggers say
  record Entry(long seq, String kind, String id) {
    private String line() {
      String text = seq + " " + kind + " " + id;
      return "%s %08x\n".formatted(text, crc(text));
    }
  }

  private final FileChannel channel;
  private final String name;
  private final List<Entry> read;
  private final int damagedLines;
  private long lastSeq;
  private long committedSize;
  private long committedSeq;

  /// What is in a file, for whoever only looks at it.
  ///
  /// @param damagedLines lines in the middle that can't be read; what they revoked is unknown
  public record Content(String name, int entries, int damagedLines) {}

  private record Parsed(String name, List<Entry> entries, int damaged, long goodBytes) {}

  private RevocationLedger(FileChannel channel, Parsed content) throws IOException {
    this.channel = channel;
    this.name = content.name;
    this.read = content.entries;
    this.damagedLines = content.damaged;
    this.lastSeq = read.stream().mapToLong(Entry::seq).max().orElse(0);
    this.committedSize = channel.size();
    this.committedSeq = lastSeq;
  }

  /// Opens the file, or makes a new one under a new name.
  static RevocationLedger open(Path file) {
    try {
      Optional<Parsed> present = Files.exists(file) ? parse(file) : Optional.empty();
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      if (present.isPresent()) {
        channel.truncate(present.get().goodBytes);
        channel.position(present.get().goodBytes);
        return new RevocationLedger(channel, present.get());
      }
      String name = RandomIds.text(16);
      channel.truncate(0);
      write(channel, HEADER + name + "\n");
      syncDirectory(file);
      return new RevocationLedger(channel, new Parsed(name, List.of(), 0, 0));
    } catch (IOException e) {
      throw new StoreException("open " + file, e);
    }
  }

  /// For a store that nobody writes to.
  static RevocationLedger unused() {
    try {
      return new RevocationLedger(
          FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE),
          new Parsed("", List.of(), 0, 0));
    } catch (IOException e) {
      throw new StoreException("open /dev/null", e);
    }
  }

  private static void syncDirectory(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      try (FileChannel entries = FileChannel.open(directory)) {
        entries.force(true);
      }
    }
  }

  /// Looks at a file without changing it; empty when there is none, or nothing in it.
  public static Optional<Content> look(Path file) throws IOException {
    return Files.exists(file)
        ? parse(file).map(parsed -> new Content(parsed.name, parsed.entries.size(), parsed.damaged))
        : Optional.empty();
  }

  /// Empty for a file whose first line was never finished: it was being made when the power went.
  private static Optional<Parsed> parse(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    List<Entry> entries = new ArrayList<>();
    String name = "";
    int damaged = 0;
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '\n') {
        continue;
      }
      String line = new String(bytes, start, i - start, UTF_8);
      if (start == 0) {
        // A first line that can't be read makes it another file's: nothing fits, all is applied.
        name = line.startsWith(HEADER) ? line.substring(HEADER.length()) : "damaged";
        damaged += line.startsWith(HEADER) ? 0 : 1;
      } else {
        Optional<Entry> entry = entry(line);
        entry.ifPresent(entries::add);
        damaged += entry.isPresent() ? 0 : 1;
      }
      start = i + 1;
    }
    return start == 0 ? Optional.empty() : Optional.of(new Parsed(name, entries, damaged, start));
  }

  private static Optional<Entry> entry(String line) {
    Matcher parts = LINE.matcher(line);
    return parts.matches() && Long.parseLong(parts.group(5), 16) == crc(parts.group(1))
        ? Optional.of(new Entry(Long.parseLong(parts.group(2)), parts.group(3), parts.group(4)))
        : Optional.empty();
  }

  private static long crc(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(UTF_8));
    return crc.getValue();
  }

  private static void write(FileChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(true);
  }

  /// Tells this file from those of other installations and from its own successors.
  String name() {
    return name;
  }

  /// What was in the file when it was opened.
  List<Entry> read() {
    return read;
  }

  int damagedLines() {
    return damagedLines;
  }

  boolean isUsed() {
    return !name.isEmpty();
  }

  long lastSeq() {
    return lastSeq;
  }

  /// Adds entries; they are on disk when this returns. Until [#committed()] they can be taken back.
  void append(List<Entry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    StringBuilder lines = new StringBuilder();
    entries.forEach(entry -> lines.append(entry.line()));
    try {
      write(channel, lines.toString());
    } catch (IOException e) {
      throw new StoreException("revocations.log", e);
    }
    lastSeq = entries.getLast().seq();
  }

  void committed() {
    try {
      committedSize = channel.position();
      committedSeq = lastSeq;
    } catch (IOException e) {
      throw new StoreException("revocations.log", e);
    }
  }

  /// The transaction did not come about.
  void takeBack() {
    try {
      if (channel.position() != committedSize) {
        channel.truncate(committedSize);
        channel.position(committedSize);
      }
      lastSeq = committedSeq;
    } catch (IOException e) {
      throw new StoreException("revocations.log", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StoreException("revocations.log", e);
    }
  }
}
