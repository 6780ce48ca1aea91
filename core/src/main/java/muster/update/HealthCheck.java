package muster.update;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;

/// What a device looks at after it has switched, to keep the new version or go back: a program that
/// must end with 0, an address of its own that must answer, or both.
///
/// @param command a program and its arguments; empty = none
/// @param endpoint http or https
/// @param expectedStatus of the endpoint's answer, 100..599
/// @param initialDelay before the first look
/// @param timeout of one look
/// @param retries how often a look may fail before that counts
public record HealthCheck(
    List<String> command,
    Optional<String> endpoint,
    int expectedStatus,
    Duration initialDelay,
    Duration timeout,
    int retries) {
  private static final int MAX_RETRIES = 100;
  private static final Duration LONGEST = Duration.ofMinutes(10);

  public HealthCheck {
    command = List.copyOf(command);
    if (command.isEmpty() && endpoint.isEmpty()) {
      throw Fault.invalid("health_check", "", "check_command, http_endpoint or both");
    }
    endpoint
        .filter(url -> !url.startsWith("http://") && !url.startsWith("https://"))
        .ifPresent(url -> {
          throw Fault.invalid("health_check.http_endpoint", url, "http://… or https://…");
        });
    if (expectedStatus < 100 || expectedStatus > 599) {
      throw Fault.invalid("health_check.expected_status_code", expectedStatus, "100..599");
    }
    require("health_check.initial_delay", initialDelay, Duration.ZERO);
    require("health_check.timeout", timeout, Duration.ofSeconds(1));
    if (retries < 0 || retries > MAX_RETRIES) {
      throw Fault.invalid("health_check.max_retries", retries, "0.." + MAX_RETRIES);
    }
  }

  private static void require(String field, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      throw Fault.invalid(field, value, "%s to %s".formatted(least, LONGEST));
    }
  }

  /// As `install_update` takes it.
  Map<String, Object> args() {
    Map<String, Object> args = new LinkedHashMap<>();
    if (!command.isEmpty()) {
      args.put("health_command", command);
    }
    endpoint.ifPresent(url -> {
      args.put("health_url", url);
      args.put("health_status", expectedStatus);
    });
    args.put("health_delay_seconds", initialDelay.toSeconds());
    args.put("health_timeout_seconds", timeout.toSeconds());
    args.put("health_retries", retries);
    return args;
  }
}
