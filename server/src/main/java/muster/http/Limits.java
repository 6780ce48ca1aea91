package muster.http;

/// How much of anything one caller, one address or one device may have. 0 = without that limit.
///
/// @param anonymousPerSecond requests of strangers, by address (IPv6: by /64)
/// @param authenticatedPerSecond requests of a user or key below admin
/// @param devicePerMinute registrations and connections of one device; frames do not count
/// @param failedCredentialsPerMinute credentials from one address that are none
/// @param concurrentRequests requests of one class at once (reads, writes, ...)
/// @param concurrentStreams answers at once that go on for long
/// @param connectionsPerAddress connections at once of one address
/// @param framesPerSecond WebSocket frames of one device that are no output
/// @param outputKibPerSecond output of one device, KiB; more is held back, not cut
public record Limits(
    int anonymousPerSecond,
    int authenticatedPerSecond,
    int devicePerMinute,
    int failedCredentialsPerMinute,
    int concurrentRequests,
    int concurrentStreams,
    int connectionsPerAddress,
    int framesPerSecond,
    int outputKibPerSecond) {

  public static Limits defaults() {
    return new Limits(10, 100, 10, 30, 256, 1000, 2000, 500, 8192);
  }

  /// Nothing is limited: for tests of other things.
  public static Limits off() {
    return new Limits(0, 0, 0, 0, 0, 0, 0, 0, 0);
  }
}
