package muster.agent.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The file systems that are mounted, from `/proc/self/mounts`.
public final class Mounts {
  private Mounts() {}

  /// @param device or what the kernel calls it
  public record Mount(String device, Path directory, String type) {}

  /// All of them, each directory once, as what covers it.
  ///
  /// @param root where `proc` is
  public static List<Mount> all(Path root) {
    Map<Path, Mount> mounts = new LinkedHashMap<>();
    for (String line : HostLines.of(root.resolve("proc/self/mounts"))) {
      String[] words = line.split(" ");
      if (words.length >= 3) {
        Path directory = Path.of(plain(words[1]));
        mounts.remove(directory);
        mounts.put(directory, new Mount(plain(words[0]), directory, words[2]));
      }
    }
    return new ArrayList<>(mounts.values());
  }

  /// `\040` stands for a blank, and so on.
  private static String plain(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\\", i) && text.substring(i).matches("\\\\[0-7]{3}.*")) {
        out.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        out.append(text.charAt(i));
      }
    }
    return out.toString();
  }
}
