package muster.agent.pty;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import muster.agent.exec.ProcessSession;
import muster.agent.journal.ProcessMark;
import muster.agent.state.Disk;
import muster.wire.Json;
import muster.wire.JsonException;

/// Which shells are on terminals now, on disk, a small file for each: when the agent is killed, not
/// every program heeds that its terminal is gone, and `script(1)` keeps it.
public final class Marks {
  private final Disk disk;
  private final Optional<String> bootId;

  /// @param disk of its own
  /// @param bootId of this host; empty when unknown
  public Marks(Disk disk, Optional<String> bootId) {
    this.disk = disk;
    this.bootId = bootId;
  }

  /// Kills what an earlier run of the agent has left, where it is certain that it is that.
  public void killLeftovers() throws IOException {
    for (String name : disk.names()) {
      disk.read(name)
          .flatMap(Marks::parse)
          .flatMap(mark -> ProcessSession.of(mark, bootId))
          .ifPresent(ProcessSession::kill);
      disk.delete(name);
    }
  }

  private static Optional<ProcessMark> parse(byte[] content) {
    try {
      String text = new String(content, StandardCharsets.UTF_8);
      return Optional.of(ProcessMark.fromJson(Json.parseObject(text)));
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  void add(long session) {
    Optional<ProcessMark> mark = new ProcessSession(session).mark(bootId);
    try {
      if (mark.isPresent()) {
        byte[] content = mark.get().toJson().toString().getBytes(StandardCharsets.UTF_8);
        disk.replace(Long.toString(session), content);
      }
    } catch (IOException e) {
      // A shell is wanted on a full disk too.
    }
  }

  void remove(long session) {
    try {
      disk.delete(Long.toString(session));
    } catch (IOException e) {
      // It names a process that is no more.
    }
  }
}
