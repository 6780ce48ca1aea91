package muster.stream;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import muster.id.DeviceId;

/// Something that happened to a device, as those who watch the fleet are told it.
///
/// @param id its place among all events; 0 for heartbeats, which are not kept
/// @param data short facts by key, in the order of the keys
public record Happening(long id, Kind kind, Instant at, DeviceId device, Map<String, String> data) {

  /// What one may watch for, by fleetd's words (F105).
  public enum Kind {
    STATUS_CHANGE("status_change"),
    HEARTBEAT("heartbeat"),
    DEPLOYMENT("deployment");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  public Happening {
    data = Collections.unmodifiableMap(new TreeMap<>(data));
  }
}
