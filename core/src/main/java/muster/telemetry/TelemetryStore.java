package muster.telemetry;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/// Where samples are kept: those of hours that are over as chunks, the others in a log. What a
/// method has done is durable when it returns. Safe for use by many threads.
public interface TelemetryStore {
  /// Is given the chunks of a [#scan].
  @FunctionalInterface
  interface Visitor {
    /// @param hour since 1970
    void chunk(long hour, String stream, byte[] chunk);
  }

  /// Adds samples of that hour to the log.
  void log(long hour, byte[] samples);

  /// What is in the log, in the order it came.
  void replay(BiConsumer<Long, byte[]> each);

  /// Stores the chunks of an hour, by stream; what was stored of the same before is replaced.
  void seal(long hour, Map<String, byte[]> chunks);

  /// Takes an hour from the log; all its chunks are sealed.
  void forgetLog(long hour);

  /// Hands out the chunks of hours `from` to `to`, both included, hour by hour: all of one moment.
  ///
  /// @param streams of these only; empty = of all
  void scan(long from, long to, Optional<Set<String>> streams, Visitor visitor);

  /// Removes at most `limit` chunks of hours before that one; returns how many.
  int drop(long before, int limit);

  /// Nobody finds the chunks of those streams any more.
  void forget(Set<String> streams);
}
