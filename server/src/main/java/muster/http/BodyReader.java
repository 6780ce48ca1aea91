package muster.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// A request's body as it comes: what has not been read stays in the network, so a body of any
/// length takes a few pieces of memory. One that stalls for 30 s is given up. Read by one thread.
final class BodyReader extends FilterInputStream {
  private static final long PATIENCE_SECONDS = 30;
  private static final long LOOK_SECONDS = 5;
  private static final int DRAIN = 2 << 20;
  private static final long DRAIN_SECONDS = 5;

  private final HttpRequest request;
  private final ScheduledFuture<?> watch;

  /// Since when a read waits; 0 while none does.
  private volatile long waitingSince;

  BodyReader(ServiceRequestContext context, HttpRequest request) {
    super(request.toInputStream(BodyReader::bytes));
    this.request = request;
    this.watch =
        context
            .eventLoop()
            .withoutContext()
            .scheduleAtFixedRate(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /// Trailers carry nothing for us.
  private static HttpData bytes(HttpObject part) {
    return part instanceof HttpData data ? data : HttpData.empty();
  }

  private void look() {
    long since = waitingSince;
    if (since != 0 && System.nanoTime() - since > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
      request.abort();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int count) throws IOException {
    waitingSince = System.nanoTime() | 1;
    try {
      return in.read(bytes, from, count);
    } catch (RuntimeException e) {
      throw new IOException("the body broke off", e);
    } finally {
      waitingSince = 0;
    }
  }

  /// Takes a little of what was not read: a client that is still sending may hear nothing of an
  /// answer before it has done so.
  @Override
  public void close() throws IOException {
    try {
      byte[] rest = new byte[16 * 1024];
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
      int drained = 0;
      for (int count = 0; count >= 0 && drained < DRAIN && System.nanoTime() < end; ) {
        count = read(rest, 0, rest.length);
        drained += count;
      }
    } catch (IOException e) {
      // Then nobody listens any more.
    } finally {
      watch.cancel(false);
      in.close();
    }
  }
}
