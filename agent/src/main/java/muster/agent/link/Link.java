package muster.agent.link;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import muster.agent.log.Log;
import muster.agent.net.Backoff;
import org.jspecify.annotations.Nullable;

/// Keeps the agent connected: one [Session] after the other, with the waits the protocol asks for.
/// [#run] is called once; [#stop] from any thread.
public final class Link {
  private final Peer peer;
  private final Backoff backoff;
  private final CountDownLatch stop = new CountDownLatch(1);
  private @Nullable Session current;

  public Link(Peer peer, RandomGenerator random) {
    this.peer = peer;
    this.backoff = new Backoff(random, System::nanoTime);
  }

  /// Returns when it was stopped.
  public void run() throws InterruptedException {
    Duration wait = Duration.ZERO;
    while (!stop.await(wait.toNanos(), TimeUnit.NANOSECONDS)) {
      peer.status().write("connecting", peer.uri().toString());
      Session session = new Session(peer);
      if (!begin(session)) {
        return;
      }
      Ended how = run(session);
      wait = wait(how);
      if (how.kind() == Ended.Kind.STOPPED) {
        return;
      }
      String detail = how.detail() + "; again in " + (wait.toMillis() + 999) / 1000 + " s";
      peer.log().warn(detail);
      peer.status().write("waiting", detail);
    }
  }

  /// A mistake of ours in one conversation must not end the agent.
  private Ended run(Session session) throws InterruptedException {
    try {
      return session.run();
    } catch (RuntimeException e) {
      peer.log().error("the session failed: " + e);
      return Ended.broken(Log.reason(e));
    }
  }

  /// Ends [#run]: a live connection is closed properly first.
  public synchronized void stop() {
    stop.countDown();
    if (current != null) {
      current.stop();
    }
  }

  private synchronized boolean begin(Session session) {
    current = session;
    return stop.getCount() > 0;
  }

  private Duration wait(Ended how) {
    backoff.lasted(how.good());
    switch (how.kind()) {
      case REFUSED:
        return backoff.refused();
      case UNDECIDED:
        return backoff.undecided(how.hint());
      case RESTART:
        return backoff.within(how.hint());
      case LATER:
        return backoff.after(how.hint());
      case STOPPED:
        return Duration.ZERO;
      default:
        return backoff.next();
    }
  }
}
