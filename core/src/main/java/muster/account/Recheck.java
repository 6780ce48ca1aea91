package muster.account;

import java.time.Duration;
import java.util.function.Consumer;
import muster.auth.Caller;

/// Looks now and then whether a caller that is at something for long still may be. Used by one
/// thread.
public final class Recheck {
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Credentials credentials;
  private final Caller caller;
  private final Consumer<Caller> right;
  private long nextNanos = System.nanoTime() + EVERY.toNanos();

  /// @param right throws when the caller, as it is by then, may not do this
  public Recheck(Credentials credentials, Caller caller, Consumer<Caller> right) {
    this.credentials = credentials;
    this.caller = caller;
    this.right = right;
  }

  /// Costs nothing but every few seconds. To be called with every piece of the work.
  public void now() {
    if (System.nanoTime() - nextNanos >= 0) {
      right.accept(credentials.renewed(caller));
      nextNanos = System.nanoTime() + EVERY.toNanos();
    }
  }
}
