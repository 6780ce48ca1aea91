package muster.cli;

import java.time.Duration;
import java.util.function.Supplier;

/// Bears with a server that is away for about a minute, as while it is started again.
final class Patience {
  private static final Duration WHOLE = Duration.ofMinutes(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);

  private final Terminal terminal;
  private final String goesOn;

  /// @param goesOn what is there still when this gives up, and how to look at it
  Patience(Terminal terminal, String goesOn) {
    this.terminal = terminal;
    this.goesOn = goesOn;
  }

  /// What `asked` gives, asked again while the server can't be reached or has no time.
  ///
  /// @throws Failure or [ApiException], as `asked` did, when nothing came of it in the end
  <T> T until(Supplier<T> asked) throws InterruptedException {
    Duration rested = Duration.ZERO;
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        return asked.get();
      } catch (ApiException | Failure e) {
        if (!isPassing(e)) {
          throw e;
        }
        if (rested.compareTo(WHOLE) >= 0) {
          throw new Failure(Exit.UNREACHABLE, e.getMessage() + "; " + goesOn, e);
        }
      }
      terminal.sleep(pause);
      rested = rested.plus(pause);
      pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }
  }

  private static boolean isPassing(RuntimeException trouble) {
    return switch (trouble) {
      case ApiException answered -> answered.isPassing();
      case Failure failure -> failure.exit() == Exit.UNREACHABLE;
      default -> false;
    };
  }
}
