package muster.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.agent.net.CaPin;
import muster.wire.Json;
import muster.wire.JsonObject;

/// Who belongs to a fleet and by which credential: a file of JSON lines, mode 0600, which a second
/// run reads again. The first line names the server and the seed. In use by one simulation at a
/// time; [#add] may be called by any thread.
public final class Fleet implements AutoCloseable {
  private final Path file;
  private final FileChannel lock;
  private final Map<Integer, Member> members = Collections.synchronizedMap(new TreeMap<>());

  /// @param number the machine's place in the fleet
  /// @param id `dev_…`
  /// @param token the secret `agt_…`
  public record Member(int number, String id, String token) {
    /// Without the secret.
    @Override
    public String toString() {
      return "Member[number=%d, id=%s]".formatted(number, id);
    }
  }

  private Fleet(Path file, FileChannel lock) {
    this.file = file;
    this.lock = lock;
  }

  /// The file of the fleet that belongs to a data directory.
  public static Path in(Path home) {
    return home.resolve("simulator").resolve("fleet.jsonl");
  }

  /// Opens a fleet, or begins one. It belongs to one server, which is known by its CA's key where
  /// that is known, and to one seed.
  ///
  /// @throws IllegalStateException when another simulation uses it, or it belongs to another server
  ///   or seed
  public static Fleet open(Path file, Endpoint endpoint, long seed) {
    String server = endpoint.pin().map(CaPin::text).orElseGet(() -> endpoint.base().toString());
    try {
      Path folder = file.toAbsolutePath().normalize().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      FileChannel lock =
          FileChannel.open(
              file.resolveSibling(file.getFileName() + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      if (!isLocked(lock)) {
        lock.close();
        throw new IllegalStateException(
            "state: %s is in use by another simulation (use --state for a second fleet)"
                .formatted(file));
      }
      Fleet fleet = new Fleet(file, lock);
      fleet.read("seed %d of %s".formatted(seed, server));
      return fleet;
    } catch (IOException e) {
      throw new UncheckedIOException("state: %s can't be used".formatted(file), e);
    }
  }

  private static boolean isLocked(FileChannel lock) throws IOException {
    try {
      return lock.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // by another simulation in this very process
    }
  }

  private void read(String key) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      append(JsonObject.builder().put("fleet", key).build());
      return;
    }
    List<String> lines = Files.readAllLines(file);
    String found =
        lines.isEmpty() ? "" : Json.parseObject(lines.getFirst()).optString("fleet").orElse("");
    if (!found.equals(key)) {
      throw new IllegalStateException(
          "state: %s belongs to another fleet, %s (expected: %s; use --state for a second fleet)"
              .formatted(file, found, key));
    }
    lines.stream().skip(1).map(Fleet::member).forEach(member -> members.put(member.number, member));
  }

  private static Member member(String line) {
    JsonObject json = Json.parseObject(line);
    return new Member((int) json.integer("number"), json.string("id"), json.string("token"));
  }

  /// The ids in a fleet's file, in use or not; none when there is no such file.
  static List<String> ids(Path file) throws IOException {
    return Files.exists(file)
        ? Files.readAllLines(file).stream().skip(1).map(line -> member(line).id).toList()
        : List.of();
  }

  void add(Member member) {
    members.put(member.number, member);
    append(
        JsonObject.builder()
            .put("number", member.number)
            .put("id", member.id)
            .put("token", member.token)
            .build());
  }

  /// For a device that the server does not know any more: it is enrolled anew.
  void forget(int number) {
    members.remove(number);
  }

  private synchronized void append(JsonObject line) {
    try {
      Files.writeString(file, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Map<Integer, Member> members() {
    synchronized (members) {
      return Map.copyOf(members);
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
