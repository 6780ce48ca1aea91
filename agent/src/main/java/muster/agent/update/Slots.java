package muster.agent.update;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import muster.agent.state.Directory;
import muster.agent.state.DurableFile;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;

/// The versions of one software, in a directory of their own:
///
/// | name | content |
/// |---|---|
/// | `slots/VERSION-HASH/` | one version |
/// | `slots/VERSION-HASH.json` | how it was asked for |
/// | `current`, `previous` | symbolic links to two of them |
/// | `download/` | the file on its way |
/// | `journey.json` | the latest installation |
/// | `trial` | which slot of the agent itself has yet to prove itself |
/// | `starts` | how often the launcher has started that one |
///
/// Used by one thread at a time.
final class Slots {
  private static final int HASH = 12;
  private static final String NEW = ".new";
  private static final String NOTE = ".json";

  private final Path directory;

  private Slots(Path directory) {
    this.directory = directory;
  }

  /// Makes what is missing.
  static Slots open(Path updates, String name) throws IOException {
    Path directory = updates.resolve(name);
    Directory.create(directory, "rwxr-xr-x");
    Directory.create(directory.resolve("slots"), "rwxr-xr-x");
    Directory.create(directory.resolve("download"), "rwx------");
    return new Slots(directory);
  }

  static String slot(String version, String sha256) {
    return version + "-" + sha256.substring(0, HASH);
  }

  static String version(String slot) {
    return slot.substring(0, slot.length() - HASH - 1);
  }

  Optional<Journey> journey() throws IOException {
    Path file = directory.resolve("journey.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Journey.parse(Files.readString(file)));
    } catch (JsonException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  void save(Journey journey) throws IOException {
    DurableFile.replace(
        directory.resolve("journey.json"),
        journey.toJson().toString().getBytes(StandardCharsets.UTF_8));
  }

  void forgetJourney() throws IOException {
    Files.deleteIfExists(directory.resolve("journey.json"));
    DurableFile.syncDirectory(directory);
  }

  Optional<String> current() throws IOException {
    return linked("current");
  }

  Optional<String> previous() throws IOException {
    return linked("previous");
  }

  /// The slot that a link names and that is there.
  private Optional<String> linked(String name) throws IOException {
    Path link = directory.resolve(name);
    if (!Files.isSymbolicLink(link)) {
      return Optional.empty();
    }
    return Optional.of(String.valueOf(Files.readSymbolicLink(link).getFileName()))
        .filter(this::isWhole);
  }

  /// Whether the slot is there: it gets its name when all of it is.
  boolean isWhole(String slot) {
    return Files.isDirectory(path(slot), LinkOption.NOFOLLOW_LINKS);
  }

  Path path(String slot) {
    return directory.resolve("slots").resolve(slot);
  }

  /// Where the current version is found, whichever it is.
  Path link() {
    return directory.resolve("current");
  }

  /// Makes the links say this; each of them changes in one go, and twice does no harm.
  void point(Optional<String> current, Optional<String> previous) throws IOException {
    point("previous", previous);
    point("current", current);
  }

  /// Before the slot becomes current: whoever starts it counts.
  void beginTrial(String slot) throws IOException {
    Files.deleteIfExists(directory.resolve("starts"));
    DurableFile.replace(directory.resolve("trial"), slot.getBytes(StandardCharsets.UTF_8));
  }

  void endTrial() throws IOException {
    Files.deleteIfExists(directory.resolve("trial"));
    Files.deleteIfExists(directory.resolve("starts"));
    DurableFile.syncDirectory(directory);
  }

  private void point(String name, Optional<String> slot) throws IOException {
    Path link = directory.resolve(name);
    if (slot.isEmpty()) {
      Files.deleteIfExists(link);
    } else {
      Path fresh = directory.resolve(name + NEW);
      Files.deleteIfExists(fresh);
      Files.createSymbolicLink(fresh, Path.of("slots", slot.get()));
      Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    DurableFile.syncDirectory(directory);
  }

  /// An empty directory for a slot in the making.
  Path make(String slot) throws IOException {
    Path fresh = path(slot + NEW);
    delete(fresh);
    Directory.create(fresh, "rwxr-xr-x");
    return fresh;
  }

  /// The slot in the making is whole: it gets its name.
  ///
  /// @param args it was asked for with
  void finish(String slot, JsonObject args) throws IOException {
    DurableFile.replace(path(slot + NOTE), args.toString().getBytes(StandardCharsets.UTF_8));
    Files.move(path(slot + NEW), path(slot), StandardCopyOption.ATOMIC_MOVE);
    DurableFile.syncDirectory(directory.resolve("slots"));
  }

  /// How a slot was asked for; empty when that is not known.
  Optional<JsonObject> args(String slot) throws IOException {
    Path file = path(slot + NOTE);
    try {
      return Files.exists(file)
          ? Optional.of(Json.parseObject(Files.readString(file)))
          : Optional.empty();
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  /// Takes a slot away that nothing points to.
  void drop(String slot) throws IOException {
    if (!current().equals(Optional.of(slot)) && !previous().equals(Optional.of(slot))) {
      delete(path(slot + NEW));
      delete(path(slot));
      Files.deleteIfExists(path(slot + NOTE));
    }
  }

  /// Takes away all that is neither current nor the version before.
  void prune() throws IOException {
    Set<String> kept =
        Set.copyOf(Stream.of(current(), previous()).flatMap(Optional::stream).toList());
    List<Path> gone = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.resolve("slots"))) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        String slot = name.endsWith(NOTE) ? name.substring(0, name.length() - NOTE.length()) : name;
        if (!kept.contains(slot)) {
          gone.add(entry);
        }
      }
    }
    for (Path entry : gone) {
      delete(entry);
    }
    dropDownloads();
  }

  /// Where the file of that hash is put.
  Path download(String sha256) {
    return directory.resolve("download").resolve(sha256);
  }

  void dropDownloads() throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.resolve("download"))) {
      for (Path entry : entries) {
        Files.deleteIfExists(entry);
      }
    }
  }

  /// A tree, or nothing.
  private static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      files.sorted((a, b) -> b.getNameCount() - a.getNameCount()).forEach(Slots::deleteOne);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void deleteOne(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
