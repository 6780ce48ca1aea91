package muster.update;

import java.util.Arrays;
import java.util.Optional;

/// What a device says of an installation while it is at it, and at its end: the lines that
/// `install_update` and `rollback_update` print.
///
/// @param step what it is at, such as `download`
/// @param percent of that step, 0..100
/// @param outcome `installed`, `unchanged`, `rolled_back` or `failed`; absent until the end
/// @param from the version it ran before
/// @param to the version it runs now
/// @param reason why it failed, in a word
/// @param detail the same in words
public record InstallReport(
    Optional<String> step,
    Optional<Integer> percent,
    Optional<String> outcome,
    Optional<String> from,
    Optional<String> to,
    Optional<String> reason,
    Optional<String> detail) {
  public static final InstallReport NOTHING =
      new InstallReport(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /// Reads one line.
  @FunctionalInterface
  public interface Reader {
    /// Empty for what is no such line.
    Optional<InstallReport> read(String line);
  }

  /// The last one in what a device printed.
  static InstallReport last(String printed, Reader reader) {
    return Arrays.stream(printed.split("\n"))
        .filter(line -> !line.isBlank())
        .flatMap(line -> reader.read(line).stream())
        .reduce(NOTHING, (before, after) -> after);
  }
}
