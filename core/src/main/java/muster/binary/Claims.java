package muster.binary;

import java.util.HashSet;
import java.util.Set;
import muster.blob.Checksum;

/// Who decides over a content: whether it is kept because a binary comes to name it, or goes with
/// the last that did. One at a time, and others wait for that one: a claim is held while files are
/// renamed or deleted and rows written. Of other contents nobody waits. Shared; its monitor guards
/// the set only.
final class Claims {
  private final Set<Checksum> taken = new HashSet<>();

  /// Held while the content is decided over.
  interface Claim extends AutoCloseable {
    @Override
    void close();
  }

  synchronized Claim take(Checksum content) {
    boolean interrupted = false;
    while (!taken.add(content)) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true; // told when the claim is held: it is never held for long
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return () -> giveBack(content);
  }

  private synchronized void giveBack(Checksum content) {
    taken.remove(content);
    notifyAll();
  }
}
