package muster.http;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import muster.auth.AddressBlock;
import muster.auth.Caller;
import muster.auth.Role;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// How often who may ask, on every surface (F083–F087), and the headers that say so. A quota is a
/// rate; who was quiet before may use twice of it at once. Shared by all threads.
public final class RateLimits {
  private static final String LIMIT = "x-ratelimit-limit";
  private static final String REMAINING = "x-ratelimit-remaining";
  private static final String RESET = "x-ratelimit-reset";

  /// The fields of the IETF's draft, `draft-ietf-httpapi-ratelimit-headers`.
  private static final String FIELD = "ratelimit";

  private static final String POLICY_FIELD = "ratelimit-policy";

  private static final int MAX_NAME = 256;

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Optional<Tier> anonymous;
  private final Optional<Tier> authenticated;
  private final Optional<Tier> device;
  private final Optional<RateLimiter> failures;
  private final InstantSource clock;

  private record Tier(String name, int quota, Duration window, RateLimiter limiter) {}

  public RateLimits(Limits limits, InstantSource clock) {
    this.clock = clock;
    this.anonymous = tier("anonymous", limits.anonymousPerSecond(), SECOND, 2);
    this.authenticated = tier("authenticated", limits.authenticatedPerSecond(), SECOND, 2);
    this.device = tier("device", limits.devicePerMinute(), MINUTE, 1);
    this.failures =
        limits.failedCredentialsPerMinute() == 0
            ? Optional.empty()
            : Optional.of(new RateLimiter(limits.failedCredentialsPerMinute(), MINUTE, clock));
  }

  private Optional<Tier> tier(String name, int quota, Duration window, int burst) {
    return quota == 0
        ? Optional.empty()
        : Optional.of(
            new Tier(
                name,
                quota,
                window,
                new RateLimiter(quota * burst, window.multipliedBy(burst), clock)));
  }

  /// Says how a stranger at this address stands, without counting: for what is never refused, and
  /// until it is known who asks.
  void show(ServiceRequestContext context) {
    anonymous.ifPresent(
        tier -> say(context, tier, tier.limiter.look(AddressBlock.site(context.clientAddress()))));
  }

  /// Counts a request of nobody known.
  public void countStranger(ServiceRequestContext context) {
    count(context, anonymous, AddressBlock.site(context.clientAddress()));
  }

  /// Counts a request of somebody known. Admins and owners are without a limit, and are told none.
  public void countKnown(ServiceRequestContext context, Caller caller) {
    if (caller.role().compareTo(Role.ADMIN) >= 0) {
      clear(context);
    } else if (caller.role().isForPeople()) {
      count(context, authenticated, caller.principalId());
    } else {
      countDevice(context, caller.id());
    }
  }

  /// What is not counted: of a device that is let in, requests about files that it was given.
  void uncounted(ServiceRequestContext context) {
    clear(context);
  }

  /// Counts a registration or connection of a device.
  ///
  /// @param name what is known of the device, such as its id
  public void countDevice(ServiceRequestContext context, String name) {
    count(context, device, name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME));
  }

  private void count(ServiceRequestContext context, Optional<Tier> counted, String key) {
    if (counted.isEmpty()) {
      clear(context);
      return;
    }
    Tier tier = counted.get();
    RateLimiter.State state = tier.limiter.takeOne(key);
    say(context, tier, state);
    state
        .delay()
        .ifPresent(wait -> {
          throw refused(
              tier.name,
              "too many requests (expected: at most %d a %s)"
                  .formatted(tier.quota, tier.window.equals(SECOND) ? "second" : "minute"),
              wait);
        });
  }

  /// Asked before a credential is looked up that is not known by heart: from where too many came
  /// that were none, the next has to wait.
  ///
  /// @throws Fault RESOURCE_EXHAUSTED
  void refuseGuesses(InetAddress address, BooleanSupplier knownByHeart) {
    failures
        .flatMap(limiter -> limiter.peek(AddressBlock.site(address)))
        .filter(wait -> !knownByHeart.getAsBoolean())
        .ifPresent(wait -> {
          throw refused("guesses", "too many unknown credentials from this address", wait);
        });
  }

  /// Notes that a credential was none.
  void guessed(InetAddress address) {
    failures.ifPresent(limiter -> limiter.take(AddressBlock.site(address)));
  }

  private static Fault refused(String tier, String message, Duration wait) {
    return new Fault(
        FaultCode.RESOURCE_EXHAUSTED,
        message,
        Map.of(Fault.REASON, tier, Fault.RETRY_AFTER_SECONDS, Long.toString(seconds(wait))));
  }

  /// Whole seconds, rounded up.
  private static long seconds(Duration duration) {
    return duration.plusSeconds(1).minusNanos(1).toSeconds();
  }

  private void say(ServiceRequestContext context, Tier tier, RateLimiter.State state) {
    int remaining = Math.min(tier.quota, state.remaining());
    Instant reset = clock.instant().plus(state.full());
    context.setAdditionalResponseHeader(LIMIT, tier.quota);
    context.setAdditionalResponseHeader(REMAINING, remaining);
    context.setAdditionalResponseHeader(RESET, reset.plusSeconds(1).minusNanos(1).getEpochSecond());
    context.setAdditionalResponseHeader(
        POLICY_FIELD, "\"%s\";q=%d;w=%d".formatted(tier.name, tier.quota, tier.window.toSeconds()));
    context.setAdditionalResponseHeader(
        FIELD, "\"%s\";r=%d;t=%d".formatted(tier.name, remaining, seconds(state.full())));
  }

  private static void clear(ServiceRequestContext context) {
    context.mutateAdditionalResponseHeaders(headers -> {
      for (String name : new String[] {LIMIT, REMAINING, RESET, POLICY_FIELD, FIELD}) {
        headers.remove(name);
      }
    });
  }
}
