package muster.agent.journal;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.agent.state.Disk;
import muster.wire.ToolResult;

/// The record of all executions, in memory and in an append-only file. Thread-safe; writers wait
/// for each other's fsync, readers too.
///
/// Each change appends the whole entry, the last line of an id counts. A torn or damaged line is
/// skipped, so a crash in the middle of a write loses that write only. Opening rewrites the file
/// when it holds anything stale; so does appending, from time to time.
///
/// Ended and acknowledged entries are kept for 7 days, but never more than 1,000 of them, and
/// always the last 100: a clock that jumps must not make the agent forget what it just did.
public final class Journal implements Closeable {
  static final int MOST_KEPT = 1_000;
  static final int LEAST_KEPT = 100;
  static final Duration KEPT = Duration.ofDays(7);

  /// Lines; a command takes four or five.
  private static final int REWRITE_AFTER = 5 * MOST_KEPT;

  private static final String NAME = "journal";

  private final Disk disk;
  private final InstantSource clock;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private Disk.DiskFile file;

  /// Since the file was last known to be free of stale ones.
  private int lines;

  private Journal(Disk disk, InstantSource clock) throws IOException {
    this.disk = disk;
    this.clock = clock;
    boolean clean = load();
    if (!clean) {
      rewrite();
    }
    file = disk.open(NAME);
  }

  /// Opens the file `journal`, or makes an empty one.
  public static Journal open(Disk disk, InstantSource clock) throws IOException {
    return new Journal(disk, clock);
  }

  public synchronized Optional<Entry> find(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  /// Everything whose end the server has not acknowledged, in the order of starting.
  public synchronized List<Entry> unacknowledged() {
    return entries.values().stream().filter(entry -> !entry.acknowledged()).toList();
  }

  /// Everything that was started and has no end here.
  public synchronized List<Entry> unfinished() {
    return entries.values().stream().filter(entry -> entry.result().isEmpty()).toList();
  }

  /// Records that an execution is about to start, for the first time or again. It is on disk when
  /// this returns; when it throws, nothing is recorded.
  public synchronized void started(String id, long attempt) throws IOException {
    Entry earlier = entries.remove(id);
    try {
      write(Entry.started(id, attempt, clock.instant()), true);
    } catch (IOException e) {
      entries.remove(id);
      if (earlier != null) {
        entries.put(id, earlier);
      }
      throw e;
    }
  }

  /// Records its process. Not synced: it only helps to clean up after a kill of the agent, and a
  /// crash of the host ends the process anyway.
  public synchronized void running(String id, ProcessMark mark) throws IOException {
    write(known(id).with(mark), false);
  }

  /// Records its end. It is on disk when this returns; when it throws, it is in memory only.
  public synchronized void ended(ToolResult result) throws IOException {
    write(known(result.executionId()).ended(result, clock.instant()), true);
  }

  /// Records that the server sent it again: its result is to be told again, under this attempt.
  public synchronized void redelivered(String id, long attempt) throws IOException {
    write(known(id).redelivered(attempt), false);
  }

  /// Records that the server has the result. Not synced: to tell it twice does no harm.
  public synchronized void acknowledged(String id) throws IOException {
    if (entries.containsKey(id)) {
      write(known(id).acknowledge(), false);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }

  private Entry known(String id) {
    Entry entry = entries.get(id);
    if (entry == null) {
      throw new IllegalArgumentException(id + ": not in the journal");
    }
    return entry;
  }

  private void write(Entry entry, boolean sync) throws IOException {
    entries.put(entry.id(), entry);
    long size = file.size();
    try {
      file.append(Lines.format(entry));
      if (sync) {
        file.force();
      }
    } catch (IOException e) {
      // Half a line would spoil the next one.
      file.truncate(size);
      throw e;
    }
    lines++;
    if (lines > REWRITE_AFTER) {
      prune();
      rewrite();
      file.close();
      file = disk.open(NAME);
    }
  }

  /// Whether the file held nothing but what is to be kept.
  private boolean load() throws IOException {
    Optional<byte[]> content = disk.read(NAME);
    if (content.isEmpty()) {
      return false;
    }
    String text = new String(content.get(), StandardCharsets.ISO_8859_1);
    boolean whole = text.isEmpty() || text.endsWith("\n");
    for (String line : text.lines().toList()) {
      lines++;
      byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
      Optional<Entry> entry = Lines.parse(new String(bytes, StandardCharsets.UTF_8));
      entry.ifPresent(value -> entries.put(value.id(), value));
    }
    prune();
    return whole && lines == entries.size();
  }

  private void prune() {
    List<Entry> done = new ArrayList<>();
    for (Entry entry : entries.values()) {
      if (entry.acknowledged()) {
        done.add(entry);
      }
    }
    Instant oldest = clock.instant().minus(KEPT);
    Iterator<Entry> oldestFirst = done.iterator();
    for (int left = done.size(); left > LEAST_KEPT; left--) {
      Entry entry = oldestFirst.next();
      if (left > MOST_KEPT || entry.at().isBefore(oldest)) {
        entries.remove(entry.id());
      }
    }
  }

  private void rewrite() throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (Entry entry : entries.values()) {
      content.writeBytes(Lines.format(entry));
    }
    disk.replace(NAME, content.toByteArray());
    lines = 0;
  }
}
