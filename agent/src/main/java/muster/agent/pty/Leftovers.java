package muster.agent.pty;

import java.util.concurrent.TimeUnit;
import muster.agent.exec.ProcessSession;

/// What still runs of a session when its terminal is gone: it was told, and is given some time.
public final class Leftovers {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int LOOK_MILLIS = 50;

  private Leftovers() {}

  /// Waits until the session is empty, and kills what is left of it after 5 s.
  public static void remove(long session) throws InterruptedException {
    ProcessSession left = new ProcessSession(session);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (left.alive()) {
      if (System.nanoTime() - deadline > 0) {
        left.kill();
        return;
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /// Kills all of it now.
  public static void kill(long session) {
    ProcessSession left = new ProcessSession(session);
    if (left.alive()) {
      left.kill();
    }
  }
}
