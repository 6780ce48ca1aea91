package muster.webhook;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.filter.Filter;
import muster.id.WebhookId;

/// Somebody's address that is told of events (fleetd's page, Webhooks).
///
/// @param secret what its notices are signed with
/// @param formerSecret what they are signed with, too, for a while after a change
/// @param offBecause why nothing is sent any more; empty while it is on
/// @param givenUp how many notices in a row were given up
public record Webhook(
    WebhookId id,
    Settings settings,
    Secret secret,
    Optional<Former> formerSecret,
    Optional<String> offBecause,
    int givenUp,
    String createdBy,
    Instant createdAt,
    Instant updatedAt) {

  /// What people choose.
  ///
  /// @param events names of [EventNames], `device.*` for all that begin so, `*` for all
  /// @param filter only events of devices that match; empty = all, also those of no device
  /// @param headers sent with each notice; their values are secrets
  public record Settings(
      URI url,
      List<String> events,
      Optional<Filter> filter,
      Map<String, String> headers,
      Retry retry,
      String description) {
    public Settings {
      events = List.copyOf(events);
      headers = Map.copyOf(headers);
    }

    /// Whether it wants to be told of an event of that name, whatever the device.
    boolean wants(String event) {
      return events.stream().anyMatch(one -> EventNames.covers(one, event));
    }
  }

  /// A secret that is not used any more after `until`.
  public record Former(Secret secret, Instant until) {}

  public boolean isOn() {
    return offBecause.isEmpty();
  }

  Webhook with(Settings changed, Instant now) {
    return new Webhook(
        id, changed, secret, formerSecret, offBecause, givenUp, createdBy, createdAt, now);
  }

  Webhook withSecret(Secret fresh, Instant formerUntil, Instant now) {
    return new Webhook(
        id,
        settings,
        fresh,
        Optional.of(new Former(secret, formerUntil)),
        offBecause,
        givenUp,
        createdBy,
        createdAt,
        now);
  }

  Webhook off(String because, Instant now) {
    return new Webhook(
        id,
        settings,
        secret,
        formerSecret,
        Optional.of(because),
        givenUp,
        createdBy,
        createdAt,
        now);
  }

  Webhook on(Instant now) {
    return new Webhook(
        id, settings, secret, formerSecret, Optional.empty(), 0, createdBy, createdAt, now);
  }

  Webhook withGivenUp(int count) {
    return new Webhook(
        id, settings, secret, formerSecret, offBecause, count, createdBy, createdAt, updatedAt);
  }
}
