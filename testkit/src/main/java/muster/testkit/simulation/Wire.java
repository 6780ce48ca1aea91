package muster.testkit.simulation;

import java.time.Duration;
import java.util.function.Consumer;

/// One connection. Each direction keeps its order and delays each frame; a cut loses what is under
/// way. An unruly one, which no TCP is, also drops frames, doubles them and lets them overtake.
final class Wire {
  /// Hears one end of the wire.
  interface End {
    void frame(String text);

    /// A ping or pong.
    void signOfLife();

    /// Nothing comes any more. `code` of the close frame, 1006 when there was none.
    void closed(int code, String reason);
  }

  private static final Duration USUAL_DELAY = Duration.ofMillis(40);
  private static final int NO_CLOSE_FRAME = 1006;

  private final Timeline time;
  private final boolean unruly;
  private final Direction toServer = new Direction();
  private final Direction toAgent = new Direction();
  private boolean cut;

  private final class Direction {
    private End end = new Nobody();
    private long lastArrival;
    private boolean silent;

    void send(Consumer<End> what) {
      if (cut) {
        return;
      }
      if (unruly && time.chance(4)) {
        return;
      }
      arrive(what);
      if (unruly && time.chance(4)) {
        arrive(what);
      }
    }

    private void arrive(Consumer<End> what) {
      long at = time.nanos() + time.upTo(USUAL_DELAY).toNanos();
      if (!unruly || !time.chance(10)) {
        at = Math.max(at, lastArrival);
      }
      lastArrival = Math.max(at, lastArrival);
      time.at(
          at,
          () -> {
            if (!cut && !silent) {
              what.accept(end);
            }
          });
    }
  }

  private static final class Nobody implements End {
    @Override
    public void frame(String text) {}

    @Override
    public void signOfLife() {}

    @Override
    public void closed(int code, String reason) {}
  }

  Wire(Timeline time, boolean unruly) {
    this.time = time;
    this.unruly = unruly;
  }

  void server(End end) {
    toServer.end = end;
  }

  void agent(End end) {
    toAgent.end = end;
  }

  void toServer(String frame) {
    toServer.send(end -> end.frame(frame));
  }

  void toAgent(String frame) {
    toAgent.send(end -> end.frame(frame));
  }

  void pingAgent() {
    toAgent.send(End::signOfLife);
  }

  void pongServer() {
    toServer.send(End::signOfLife);
  }

  /// The server says why and hangs up, after what it has sent.
  void closeByServer(int code, String reason) {
    long at = Math.max(time.nanos(), toAgent.lastArrival);
    time.at(at, () -> hangUp(code, reason));
  }

  private void hangUp(int code, String reason) {
    if (!cut) {
      cut = true;
      toAgent.end.closed(code, reason);
      toServer.end.closed(code, reason);
    }
  }

  /// Both ends notice at once, as by a reset; what was under way is lost.
  void cut() {
    hangUp(NO_CLOSE_FRAME, "");
  }

  /// The other end is gone without a word: nothing arrives any more in either direction, and
  /// neither end is told.
  void fallSilent() {
    toServer.silent = true;
    toAgent.silent = true;
  }
}
