package muster.device;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What a device says of its own policy: shown to people, enforced by the device alone.
///
/// @param problem why its file cannot be used; only with [State#BROKEN]
/// @param rules as its file spells them; empty unless [State#IN_FORCE]
public record DevicePolicy(State state, Optional<String> problem, Map<String, Object> rules) {
  public enum State {
    /// Its agent's user can do everything.
    NONE,
    IN_FORCE,
    /// It refuses all work.
    BROKEN;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static final DevicePolicy NONE = new DevicePolicy(State.NONE, Optional.empty(), Map.of());

  public DevicePolicy {
    rules = Collections.unmodifiableMap(new LinkedHashMap<>(rules));
  }
}
