package muster.agent.tool;

import java.io.IOException;

/// What came of a [Program].
///
/// @param program its name
/// @param exitCode 128 + n for signal n
/// @param out the first MiB of what it wrote, as text
/// @param err the first 64 KiB of what it complained about
/// @param truncated whether it wrote more
public record Printed(String program, int exitCode, String out, String err, boolean truncated) {
  /// @throws IOException with what it complained about when it did not end with 0
  Printed orFail() throws IOException {
    if (exitCode != 0) {
      throw failure();
    }
    return this;
  }

  /// Its complaint on one line.
  IOException failure() {
    String why =
        (err.isBlank() ? out : err)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .findFirst()
            .orElse("ended with " + exitCode);
    return new IOException(program + ": " + (why.length() > 400 ? why.substring(0, 400) : why));
  }
}
