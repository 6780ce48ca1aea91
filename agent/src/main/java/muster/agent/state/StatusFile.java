package muster.agent.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;

/// The link's state for `muster-agent status`: `{"state","since","detail"}`. A convenience: failing
/// to write it is no failure of the agent, and it is stale when no agent holds the lock.
public final class StatusFile {
  private final Path file;
  private final InstantSource clock;
  private volatile boolean online;

  public StatusFile(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /// Whether the server has let the agent in, and has not gone since.
  public boolean isOnline() {
    return online;
  }

  /// @param state `connecting`, `online` or `waiting`
  /// @param detail one line for people
  public void write(String state, String detail) {
    online = state.equals("online");
    JsonObject json =
        JsonObject.builder()
            .put("state", state)
            .put("since", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
            .put("detail", detail)
            .build();
    try {
      // No fsync: it tells about a process, and dies with it.
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(fresh);
      Files.writeString(Files.createFile(fresh, DurableFile.PRIVATE), json + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // The next change tries again.
    }
  }

  /// What was written last, in words; empty when nothing readable is there.
  public static Optional<String> read(Path file) {
    try {
      JsonObject json = Json.parseObject(Files.readString(file));
      String detail = json.optString("detail").orElse("");
      return Optional.of(
          json.string("state")
              + " since "
              + json.string("since")
              + (detail.isEmpty() ? "" : " (" + detail + ")"));
    } catch (IOException | JsonException e) {
      return Optional.empty();
    }
  }
}
