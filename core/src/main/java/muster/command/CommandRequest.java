package muster.command;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;

/// What somebody wants done. `timeout` is 1 s – 1 h (default 300 s), `timeToLive` 1 s – 7 days
/// (default 1 day).
public record CommandRequest(
    String tool,
    Map<String, Object> args,
    Duration timeout,
    Duration timeToLive,
    Optional<String> idempotencyKey) {
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(300);
  public static final Duration DEFAULT_TIME_TO_LIVE = Duration.ofDays(1);
  private static final Duration MAX_TIMEOUT = Duration.ofHours(1);
  private static final Duration MAX_TIME_TO_LIVE = Duration.ofDays(7);

  public CommandRequest {
    if (!tool.matches("[a-z][a-z0-9_]{0,63}")) {
      throw Fault.invalid("tool", tool, "a tool's name, such as bash");
    }
    require("timeout_seconds", timeout, MAX_TIMEOUT);
    require("ttl_seconds", timeToLive, MAX_TIME_TO_LIVE);
    idempotencyKey.ifPresent(key -> {
      if (key.isBlank() || key.length() > 128) {
        throw Fault.invalid("Idempotency-Key", key, "1..128 characters");
      }
    });
  }

  private static void require(String field, Duration value, Duration max) {
    if (value.toSeconds() < 1 || value.compareTo(max) > 0) {
      throw Fault.invalid(field, value.toSeconds(), "1.." + max.toSeconds());
    }
  }
}
