package muster.simulator;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import java.time.Duration;
import muster.agent.net.Backoff;
import muster.wire.CloseCode;

/// How a connection ended, and so when the device tries again (docs/device-protocol.md,
/// "Connecting").
sealed interface Ending {
  Duration wait(Backoff backoff);

  /// One or two words.
  String what();

  /// Back-off.
  record Broken(String what) implements Ending {
    @Override
    public Duration wait(Backoff backoff) {
      return backoff.next();
    }
  }

  /// The credential is refused: slow retries.
  record TurnedAway(String what) implements Ending {
    @Override
    public Duration wait(Backoff backoff) {
      return backoff.refused();
    }
  }

  /// Somebody has to approve or unblock the device first.
  record Undecided(Duration retryAfter, String what) implements Ending {
    @Override
    public Duration wait(Backoff backoff) {
      return backoff.undecided(retryAfter);
    }
  }

  /// The server restarts: anywhere within the window.
  record Restart(Duration window) implements Ending {
    @Override
    public Duration wait(Backoff backoff) {
      return backoff.within(window);
    }

    @Override
    public String what() {
      return "restart";
    }
  }

  /// The server has too much to do.
  record Later(Duration after) implements Ending {
    @Override
    public Duration wait(Backoff backoff) {
      return backoff.after(after);
    }

    @Override
    public String what() {
      return "later";
    }
  }

  /// The machine itself is gone for a while.
  record Absent(Duration length, String what) implements Ending {
    @Override
    public Duration wait(Backoff backoff) {
      return length;
    }
  }

  static Ending ofClose(int code, String reason) {
    String what = "closed " + code;
    return switch (code) {
      case CloseCode.BAD_TOKEN -> new TurnedAway(what);
      case CloseCode.REFUSED -> new Undecided(CloseCode.REFUSED_WAIT, what);
      case CloseCode.RESTART ->
          CloseCode.window(reason).<Ending>map(Restart::new).orElseGet(() -> new Broken(what));
      default -> new Broken(what);
    };
  }

  static Ending ofProblem(Throwable problem) {
    if (!(problem instanceof WebSocketClientHandshakeException refused)
        || refused.response() == null) {
      return new Broken("broken");
    }
    HttpResponse response = refused.response();
    int status = response.status().code();
    String what = "answered " + status;
    Integer after = response.headers().getInt("retry-after");
    return switch (status) {
      case 401 -> new TurnedAway(what);
      case 403 ->
          after == null ? new TurnedAway(what) : new Undecided(Duration.ofSeconds(after), what);
      case 429, 503 -> new Later(Duration.ofSeconds(after == null ? 1 : after));
      default -> new Broken(what);
    };
  }
}
