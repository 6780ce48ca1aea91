package muster.simulator;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import muster.wire.JsonObject;
import org.jspecify.annotations.Nullable;

/// What all devices truly did, one JSON object a line, if somebody wants it. Shared; the lock is
/// this object.
final class TruthFile implements AutoCloseable {
  private final @Nullable BufferedWriter out;

  TruthFile(Optional<Path> file) {
    try {
      out = file.isPresent() ? Files.newBufferedWriter(file.get()) : null;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " can't be written", e);
    }
  }

  synchronized void write(String device, long at, String what, JsonObject details) {
    if (out == null) {
      return;
    }
    JsonObject.Builder line =
        JsonObject.builder()
            .put("at", Instant.ofEpochMilli(at).toString())
            .put("device", device)
            .put("what", what);
    details.optString("command").ifPresent(id -> line.put("command", id));
    details.optInteger("attempt").ifPresent(number -> line.put("attempt", number));
    details.optString("why").ifPresent(why -> line.put("why", why));
    try {
      out.write(line.build() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      if (out != null) {
        out.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
