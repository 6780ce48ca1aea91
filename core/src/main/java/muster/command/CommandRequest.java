package muster.command;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;
import muster.tool.Tools;
import org.jspecify.annotations.Nullable;

/// What somebody wants done, by a tool's canonical name, with arguments that its schema allows as
/// far as the tool is known ([Tools]): in which lane, and whether it may be run again when the
/// agent or its machine went down in the middle of it (`idempotent`). `timeout` is 1 s – 1 h
/// (default 300 s), `timeToLive` 1 s – 7 days (default 1 day).
public record CommandRequest(
    String tool,
    Map<String, Object> args,
    Lane lane,
    boolean idempotent,
    Duration timeout,
    Duration timeToLive,
    Optional<String> idempotencyKey) {
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(300);
  public static final Duration DEFAULT_TIME_TO_LIVE = Duration.ofDays(1);
  private static final Duration MAX_TIMEOUT = Duration.ofHours(1);
  private static final Duration MAX_TIME_TO_LIVE = Duration.ofDays(7);
  private static final int MAX_DEPTH = 32;

  public CommandRequest {
    tool = Tools.canonical(tool);
    if (!tool.matches("[a-z][a-z0-9._-]{0,63}")) {
      throw Fault.invalid("tool", tool, "a tool's name, such as bash");
    }
    requireSendable(args, 1);
    Tools.find(tool).ifPresent(known -> known.check(args));
    require("timeout_seconds", timeout, MAX_TIMEOUT);
    require("ttl_seconds", timeToLive, MAX_TIME_TO_LIVE);
    idempotencyKey.ifPresent(key -> {
      if (key.isBlank() || key.length() > 128) {
        throw Fault.invalid("Idempotency-Key", key, "1..128 characters");
      }
    });
  }

  /// What no device's protocol can carry is refused here, not when its turn comes.
  private static void requireSendable(Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw Fault.invalid("args", "nested deeper", "at most %d levels".formatted(MAX_DEPTH));
    }
    switch (value) {
      case Map<?, ?> map -> map.values().forEach(item -> requireItem(item, depth + 1));
      case List<?> list -> list.forEach(item -> requireItem(item, depth + 1));
      case Double number when !Double.isFinite(number) ->
          throw Fault.invalid("args", number, "finite numbers");
      case String text -> {}
      case Boolean flag -> {}
      case Double number -> {}
      case Long number -> {}
      case Integer number -> {}
      default -> throw Fault.invalid("args", value, "whole numbers of at most 64 bits");
    }
  }

  private static void requireItem(@Nullable Object item, int depth) {
    if (item != null) {
      requireSendable(item, depth);
    }
  }

  private static void require(String field, Duration value, Duration max) {
    if (value.toSeconds() < 1 || value.compareTo(max) > 0) {
      throw Fault.invalid(field, value.toSeconds(), "1.." + max.toSeconds());
    }
  }
}
