package muster.link;

import java.time.Instant;
import java.util.Optional;
import muster.device.LinkEnd;
import muster.id.DeviceId;

/// One link on record.
///
/// @param epoch of the device's state: numbers its links, rising
/// @param address where it came from, as text
/// @param end absent while the link is open
public record Connection(
    DeviceId device, long epoch, Instant beganAt, String address, Optional<End> end) {

  public record End(Instant at, LinkEnd why) {}
}
