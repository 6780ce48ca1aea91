package muster.agent.link;

import java.time.Duration;

/// How long a session waits for what.
///
/// @param silence without a frame or ping, after which the connection is cut
/// @param helloWithin for the answer to hello
/// @param stopWithin for telling ends while the agent stops
/// @param goodbyeWithin for each step of closing
public record Timing(
    Duration silence, Duration helloWithin, Duration stopWithin, Duration goodbyeWithin) {
  /// As docs/device-protocol.md says, where it says anything.
  public static final Timing PROTOCOL =
      new Timing(
          Duration.ofSeconds(45),
          Duration.ofSeconds(15),
          Duration.ofSeconds(8),
          Duration.ofSeconds(2));
}
