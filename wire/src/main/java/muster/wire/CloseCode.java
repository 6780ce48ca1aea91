package muster.wire;

import java.time.Duration;
import java.util.Optional;

/// The WebSocket close codes of the device protocol and what the agent does about each.
public final class CloseCode {
  /// A normal end; from the agent: it stops on purpose. Reconnect.
  public static final int NORMAL = 1000;

  /// The peer goes away. Reconnect.
  public static final int GOING_AWAY = 1001;

  /// The server restarts and is back within the [#window]. Reconnect after U(0, window).
  public static final int RESTART = 1012;

  /// A frame that breaks the protocol. Reconnect with back-off.
  public static final int PROTOCOL_ERROR = 4400;

  /// Unknown credential. Retry every 5 min.
  public static final int BAD_TOKEN = 4401;

  /// The device is deleted, blocked, denied or revoked. Ask once more after [#REFUSED_WAIT], and
  /// before twice of it: the answer tells whether its credential is dead (401: retry every 5 min)
  /// or will be good again when the block is lifted (403 with `Retry-After`).
  public static final int REFUSED = 4403;

  public static final Duration REFUSED_WAIT = Duration.ofSeconds(15);

  /// No hello in 10 s. Reconnect with back-off.
  public static final int HELLO_TIMEOUT = 4408;

  /// A newer connection of the same credential took over. Reconnect with back-off.
  public static final int REPLACED = 4409;

  /// Too many frames. Reconnect with back-off.
  public static final int RATE = 4429;

  private static final String WINDOW = "window=";
  private static final int MAX_WINDOW_SECONDS = 86_400;

  private CloseCode() {}

  /// The close reason that tells agents to come back within `window`, in whole seconds, 0 to one
  /// day.
  public static String windowReason(Duration window) {
    Check.range("window", window.toSeconds(), 0, MAX_WINDOW_SECONDS);
    return WINDOW + window.toSeconds();
  }

  /// The window in a close reason; empty when it names none that can be used.
  public static Optional<Duration> window(String reason) {
    if (!reason.matches(WINDOW + "[0-9]{1,5}")) {
      return Optional.empty();
    }
    int seconds = Integer.parseInt(reason.substring(WINDOW.length()));
    return seconds > MAX_WINDOW_SECONDS
        ? Optional.empty()
        : Optional.of(Duration.ofSeconds(seconds));
  }
}
