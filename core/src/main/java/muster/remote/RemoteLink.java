package muster.remote;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import muster.fault.Fault;
import muster.link.Link;

/// A link over which a device can be asked for remote sessions.
public interface RemoteLink extends Link {
  /// How long an answer is waited for.
  Duration PATIENCE = Duration.ofSeconds(15);

  /// @param channel names the connection that the device is to make; absent = it is only to say
  ///   whether it would
  record Order(String session, Optional<String> channel, RemoteRequest request) {}

  /// Asks, and returns at once.
  ///
  /// @param answer hears once, if the device answers at all: nothing when it accepts
  void remote(Order order, Consumer<Optional<Fault>> answer);
}
