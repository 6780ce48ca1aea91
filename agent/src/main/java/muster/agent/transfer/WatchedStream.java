package muster.agent.transfer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import muster.agent.log.Log;

/// A body that is closed when nothing of it comes for 30 s: a link that died without a word would
/// never end a read. Read by one thread, in pieces.
public final class WatchedStream extends FilterInputStream {
  private static final long PATIENCE_SECONDS = 30;
  private static final long LOOK_SECONDS = 5;

  private final ScheduledFuture<?> watch;

  /// Since when a read waits; 0 while none does.
  private volatile long waitingSince;

  private volatile boolean stalled;

  public WatchedStream(InputStream in, ScheduledExecutorService timer) {
    super(in);
    watch = timer.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  private void look() {
    long since = waitingSince;
    if (since != 0 && System.nanoTime() - since > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
      stalled = true;
      try {
        in.close();
      } catch (IOException e) {
        // The reader hears of it.
      }
    }
  }

  @Override
  public int read(byte[] bytes, int from, int count) throws LinkException {
    waitingSince = System.nanoTime() | 1;
    try {
      int read = in.read(bytes, from, count);
      if (stalled) {
        throw new LinkException("nothing came for " + PATIENCE_SECONDS + " s");
      }
      return read;
    } catch (LinkException e) {
      throw e;
    } catch (IOException e) {
      throw new LinkException(Log.reason(e), e);
    } finally {
      waitingSince = 0;
    }
  }

  @Override
  public void close() throws LinkException {
    watch.cancel(false);
    try {
      in.close();
    } catch (IOException e) {
      throw new LinkException(Log.reason(e), e);
    }
  }
}
