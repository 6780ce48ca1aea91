package muster.update;

import java.util.Locale;

/// The names of processors: each system has its own for the same one.
final class Architecture {
  private Architecture() {}

  static String plain(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "x86_64", "x64", "x86-64" -> "amd64";
      case "aarch64", "armv8" -> "arm64";
      case "armv7l", "armv7", "armhf" -> "arm";
      case "i386", "i686", "x86" -> "386";
      default -> lower;
    };
  }
}
