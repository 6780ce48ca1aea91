package muster.agent.logs;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muster.wire.LogLines;
import muster.wire.RpcError;
import muster.wire.RpcException;

/// The journal of systemd, or what one unit wrote to it, by way of `journalctl`: first a run that
/// ends, for the history or what stands behind a cursor, then one that follows behind its last
/// entry.
final class JournalLog implements LogSource {
  private static final int BUFFER = 16 * 1024;
  private static final int MOST_SAID = 4096;

  private static final String MESSAGE = "MESSAGE";
  private static final String FOLLOW = "--follow";
  private static final String NO_TAIL = "--no-tail";

  /// What `journalctl` says where there is nothing to read, or not for this user.
  private static final List<String> NOTHING =
      List.of("No journal files were", "not seeing messages from", "insufficient permissions");

  private final List<String> unit;

  /// Whether what the first run prints is wanted; without history it looks for the last entry only.
  private final boolean showsFirst;

  private final boolean gap;
  private final byte[] buffer = new byte[BUFFER];
  private final JournalEntries entries = new JournalEntries();
  private int position;
  private int limit;
  private String said = "";
  private Optional<String> last;
  private boolean follows;
  private boolean closed;
  private Journalctl running;

  private JournalLog(Optional<String> unit, int tail, Optional<String> after) throws IOException {
    this.unit = unit.map(name -> List.of("--unit=" + name)).orElse(List.of());
    gap = after.isPresent() && !holds(after.get());
    last = gap ? Optional.empty() : after;
    showsFirst = tail > 0 || last.isPresent();
    running = Journalctl.start(last.map(this::behind).orElse(history(tail)));
  }

  /// Whether the entry is still there; `journalctl` takes the one nearest to it where it is not.
  private boolean holds(String cursor) throws IOException {
    List<String> entry = arguments("_PID", "--lines=1", "--cursor=" + cursor);
    try (Journalctl probe = Journalctl.start(entry)) {
      JournalEntries found = new JournalEntries();
      byte[] said = probe.output().readNBytes(MOST_SAID);
      found.add(said, 0, said.length);
      return JournalMessage.read(found.end())
          .filter(line -> line.cursor().equals(cursor))
          .isPresent();
    }
  }

  /// @param after the cursor of an entry
  /// @throws RpcException `NO_SUCH_LOG` when there is no journal, or the agent may not read it
  static JournalLog open(Optional<String> unit, int tail, Optional<String> after)
      throws IOException {
    requireJournal();
    return new JournalLog(unit, tail, after);
  }

  /// In JSON it would be quiet about it.
  private static void requireJournal() {
    String said;
    try (Journalctl probe = Journalctl.start(List.of("--lines=0"))) {
      said = probe.whole(MOST_SAID);
    } catch (IOException e) {
      throw new RpcException(RpcError.NO_SUCH_LOG, "no journald here: " + e.getMessage());
    }
    if (NOTHING.stream().anyMatch(said::contains)) {
      throw new RpcException(
          RpcError.NO_SUCH_LOG, "no journal to read here: " + said.lines().findFirst().orElse(""));
    }
  }

  private List<String> history(int tail) {
    // One entry at least: behind it one goes on.
    return arguments(MESSAGE, "--lines=" + Math.max(1, tail));
  }

  private List<String> behind(String cursor) {
    return arguments(MESSAGE, "--after-cursor=" + cursor);
  }

  private List<String> following() {
    // Without a last one, all there is by now is new.
    return last.map(cursor -> arguments(MESSAGE, FOLLOW, NO_TAIL, "--after-cursor=" + cursor))
        .orElseGet(() -> arguments(MESSAGE, FOLLOW, NO_TAIL));
  }

  private List<String> arguments(String field, String... more) {
    List<String> all = new ArrayList<>(List.of("--output=json", "--all"));
    all.add("--output-fields=" + field);
    all.addAll(unit);
    all.addAll(List.of(more));
    return all;
  }

  @Override
  public Optional<LogLines.Line> next() throws IOException {
    while (true) {
      Optional<JournalEntries.Entry> entry = taken();
      if (entry.isPresent()) {
        Optional<LogLines.Line> line = JournalMessage.read(entry.get());
        line.ifPresent(known -> last = Optional.of(known.cursor()));
        if (line.isEmpty()) {
          said = entry.get().head();
        }
        if (line.isPresent() && (follows || showsFirst)) {
          return line;
        }
      } else if (follows && output().available() == 0) {
        return Optional.empty();
      } else {
        fill();
      }
    }
  }

  private Optional<JournalEntries.Entry> taken() {
    for (int i = position; i < limit; i++) {
      if (buffer[i] == '\n') {
        entries.add(buffer, position, i);
        position = i + 1;
        return Optional.of(entries.end());
      }
    }
    entries.add(buffer, position, limit);
    position = limit;
    return Optional.empty();
  }

  private synchronized InputStream output() {
    return running.output();
  }

  private void fill() throws IOException {
    int count = output().read(buffer);
    position = 0;
    limit = Math.max(0, count);
    if (count < 0) {
      over();
    }
  }

  /// The history is through, or something is wrong.
  private synchronized void over() throws IOException {
    running.close();
    if (follows || closed) {
      throw new IOException("journalctl has ended" + (said.isEmpty() ? "" : ": " + said));
    }
    follows = true;
    running = Journalctl.start(following());
  }

  @Override
  public void await() throws IOException {
    fill();
  }

  @Override
  public boolean caughtUp() {
    return follows;
  }

  @Override
  public boolean gap() {
    return gap;
  }

  @Override
  public synchronized void close() {
    closed = true;
    running.close();
  }
}
