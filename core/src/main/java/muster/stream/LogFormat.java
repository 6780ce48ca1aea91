package muster.stream;

import java.util.OptionalLong;

/// How a dialect spells what a viewer of a log is told. Pure functions.
public interface LogFormat {
  /// Before all else.
  byte[] opening();

  byte[] line(LogLine line);

  /// Lines are missing here.
  ///
  /// @param missed how many; empty when nobody knows
  byte[] gap(OptionalLong missed);

  /// Nothing has happened for 15 s.
  byte[] idle();

  /// The last: no more comes, though the log may go on.
  byte[] ended(String why);
}
