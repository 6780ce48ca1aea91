package muster.api.fleetd;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Instants as protobuf has them, to the millisecond, as they are kept.
final class Times {
  private Times() {}

  static Timestamp of(Instant at) {
    Instant kept = at.truncatedTo(ChronoUnit.MILLIS);
    return Timestamp.newBuilder()
        .setSeconds(kept.getEpochSecond())
        .setNanos(kept.getNano())
        .build();
  }

  static Instant instant(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }
}
