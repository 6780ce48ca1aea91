package muster.agent.facts;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import muster.wire.Facts;

/// Reads what does not change while the host runs.
public final class HostFacts {
  private static final Map<String, String> UNAME =
      Map.of("amd64", "x86_64", "x86", "i686", "arm", "armv7l");

  private final HostFiles files;

  public HostFacts(Path root) {
    files = new HostFiles(root);
  }

  /// @param agentVersion of this program
  public Facts read(String agentVersion) {
    return new Facts(
        Optional.of(agentVersion),
        hostname(),
        Optional.of("linux"),
        files.line("proc/sys/kernel/arch").or(HostFacts::architectureOfJvm).map(HostFacts::fit),
        osVersion().map(HostFacts::fit));
  }

  /// The kernel's host name, else what the distribution configures.
  public Optional<String> hostname() {
    return files
        .line("proc/sys/kernel/hostname")
        .or(() -> files.line("etc/hostname"))
        .map(HostFacts::fit);
  }

  /// Another one after each boot.
  public Optional<String> bootId() {
    return files.line("proc/sys/kernel/random/boot_id").map(HostFacts::fit);
  }

  private Optional<String> osVersion() {
    Optional<String> release =
        files.text("etc/os-release").or(() -> files.text("usr/lib/os-release"));
    return release
        .flatMap(text -> value(text, "PRETTY_NAME"))
        .or(() -> release.flatMap(text -> value(text, "NAME")))
        .or(() -> files.line("proc/sys/kernel/osrelease").map(kernel -> "Linux " + kernel));
  }

  /// The value of `KEY=` in the shell-like format of os-release(5), without its quotes.
  private static Optional<String> value(String text, String key) {
    return text.lines()
        .filter(line -> line.startsWith(key + "="))
        .map(line -> line.substring(key.length() + 1).strip())
        .map(value -> value.replaceAll("^(['\"])(.*)\\1$", "$2"))
        .filter(value -> !value.isEmpty())
        .findFirst();
  }

  private static Optional<String> architectureOfJvm() {
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return arch.isEmpty() ? Optional.empty() : Optional.of(UNAME.getOrDefault(arch, arch));
  }

  private static String fit(String text) {
    return text.length() <= Facts.MAX_LENGTH ? text : text.substring(0, Facts.MAX_LENGTH);
  }
}
