package muster.agent.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Glob;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The tool `list_files`: what is in a directory, as JSON. Symbolic links are listed and not
/// followed.
///
/// @param depth how many levels, 1 for the directory alone
/// @param limit of entries; when there are more, any that many are listed
/// @param pattern of the names that are listed, `*` for any part
public record ListFiles(Path path, int depth, int limit, String pattern) implements Job {
  private static final int USUAL_NAMED = 100;
  private static final int MOST_NAMED = 500;
  private static final int MOST_PATTERN = 255;
  private static final String EVERY = "*";

  private static final int USUAL_DEPTH = 8;
  private static final int MOST_DEPTH = 32;
  private static final int USUAL_LIMIT = 1_000;
  private static final int MOST_LIMIT = 10_000;

  /// Of the answer; long names make it long.
  private static final int MOST_CHARACTERS = 2 * 1024 * 1024;

  static ListFiles parse(JsonObject json) {
    Args args = new Args(json, "path", "recursive", "depth", "limit");
    boolean recursive = args.flag("recursive");
    if (args.has("depth") && !recursive) {
      throw new FieldException("args.depth", json.asMap().get("depth"), "only with recursive");
    }
    return new ListFiles(
        Paths.read(args),
        recursive ? (int) args.number("depth", 1, MOST_DEPTH, USUAL_DEPTH) : 1,
        (int) args.number("limit", 1, MOST_LIMIT, USUAL_LIMIT),
        EVERY);
  }

  /// The arguments of the tool `file_list`.
  static ListFiles parseNamed(JsonObject json) {
    Args args = new Args(json, "path", "pattern", "max");
    String pattern = args.optText("pattern").orElse(EVERY);
    if (pattern.isEmpty() || pattern.length() > MOST_PATTERN) {
      throw new FieldException("args.pattern", pattern, "1..255 characters");
    }
    return new ListFiles(
        Paths.read(args), 1, (int) args.number("max", 1, MOST_NAMED, USUAL_NAMED), pattern);
  }

  @Override
  public void check(Policy policy) {
    policy.requirePath(Policy.Access.READ, path);
  }

  @Override
  public void run(Desk desk) throws IOException, InterruptedException {
    Listing listing = new Listing(desk.policy());
    try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, desk.policy());
        SecureDirectoryStream<Path> directory = place.enter()) {
      listing.add(directory, place.path(), Path.of(""), depth);
      JsonObject list =
          JsonObject.builder()
              .put("path", place.path().toString())
              .put("entries", listing.sorted())
              .put("truncated", listing.truncated)
              .build();
      desk.print((list + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (FileSystemException e) {
      throw Paths.told(path, e);
    }
  }

  private final class Listing {
    private final Policy policy;
    private final List<JsonObject> entries = new ArrayList<>();
    private int characters;
    private boolean truncated;

    private Listing(Policy policy) {
      this.policy = policy;
    }

    private List<JsonObject> sorted() {
      return entries.stream().sorted(Comparator.comparing(entry -> entry.string("name"))).toList();
    }

    /// @param real where that directory is
    /// @param prefix the same from the directory that was asked for
    private void add(SecureDirectoryStream<Path> directory, Path real, Path prefix, int levels)
        throws IOException, InterruptedException {
      try {
        for (Path entry : directory) {
          Path name = entry.getFileName();
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
          if (depth == 1 && !Glob.matches(pattern, name.toString())) {
            continue;
          }
          Optional<PosixFileAttributes> found = attributes(directory, name);
          if (found.isPresent() && !add(prefix.resolve(name), found.get())) {
            return;
          }
          if (levels > 1 && found.filter(PosixFileAttributes::isDirectory).isPresent()) {
            enter(directory, real.resolve(name), prefix.resolve(name), levels - 1);
          }
        }
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
    }

    /// Empty when it is gone meanwhile.
    private Optional<PosixFileAttributes> attributes(
        SecureDirectoryStream<Path> directory, Path name) throws IOException {
      try {
        return Optional.of(OpenPlace.attributes(directory, name));
      } catch (NoSuchFileException e) {
        return Optional.empty();
      }
    }

    /// What cannot or must not be looked into is passed over.
    private void enter(SecureDirectoryStream<Path> outer, Path real, Path prefix, int levels)
        throws IOException, InterruptedException {
      try {
        policy.requireOpened(Policy.Access.READ, real, real);
      } catch (DeniedException e) {
        return;
      }
      SecureDirectoryStream<Path> opened;
      try {
        opened = outer.newDirectoryStream(real.getFileName(), LinkOption.NOFOLLOW_LINKS);
      } catch (FileSystemException e) {
        return;
      }
      try (SecureDirectoryStream<Path> inner = opened) {
        add(inner, real, prefix, levels);
      }
    }

    /// @return whether there was room for it
    private boolean add(Path name, PosixFileAttributes attributes) {
      JsonObject entry =
          JsonObject.builder()
              .put("name", name.toString())
              .put("type", OpenPlace.kind(attributes))
              .put("size", attributes.size())
              .put("mode", Modes.text(attributes.permissions()))
              .put(
                  "mtime",
                  attributes
                      .lastModifiedTime()
                      .toInstant()
                      .truncatedTo(ChronoUnit.SECONDS)
                      .toString())
              .build();
      characters += entry.toString().length() + 1;
      truncated |= entries.size() >= limit || characters > MOST_CHARACTERS;
      if (!truncated) {
        entries.add(entry);
      }
      return !truncated;
    }
  }
}
