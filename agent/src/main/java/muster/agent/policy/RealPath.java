package muster.agent.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Where a path leads, also one of which not everything is there yet: a rule about `/var/run/app`
/// is one about `/run/app` before anybody has made that.
final class RealPath {
  /// As Linux has it; what goes round in circles leads nowhere.
  private static final int MOST_LINKS = 40;

  private RealPath() {}

  /// The path without symbolic links, those included that lead to what is missing. Names behind the
  /// first that is missing stay as they are.
  ///
  /// @param path absolute
  static Path of(Path path) {
    Deque<Path> names = new ArrayDeque<>();
    path.forEach(names::addLast);
    Path real = path.getRoot();
    int links = 0;
    while (!names.isEmpty()) {
      Path next = real.resolve(names.removeFirst()).normalize();
      if (!Files.isSymbolicLink(next)) {
        real = next;
        continue;
      }
      links++;
      if (links > MOST_LINKS) {
        return path;
      }
      try {
        Path target = Files.readSymbolicLink(next);
        real = target.isAbsolute() ? target.getRoot() : real;
        prepend(target, names);
      } catch (IOException e) {
        real = next;
      }
    }
    return real;
  }

  /// The names under which a file is reached: the path's own, and that of each symbolic link from
  /// there to the file. The directories in them are real.
  ///
  /// @param path absolute
  static List<Path> names(Path path) {
    List<Path> names = new ArrayList<>();
    Path next = inRealDirectory(path);
    names.add(next);
    while (Files.isSymbolicLink(next) && names.size() <= MOST_LINKS) {
      try {
        next = inRealDirectory(next.resolveSibling(Files.readSymbolicLink(next)));
      } catch (IOException e) {
        return names;
      }
      names.add(next);
    }
    return names;
  }

  /// The same name, in what its directory really is.
  ///
  /// @param path absolute
  static Path inRealDirectory(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : of(parent).resolve(path.getFileName());
  }

  private static void prepend(Path target, Deque<Path> names) {
    for (int i = target.getNameCount() - 1; i >= 0; i--) {
      names.addFirst(target.getName(i));
    }
  }
}
