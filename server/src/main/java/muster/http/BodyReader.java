package muster.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/// A request's body as it comes. So many pieces are asked for ahead that the reader seldom waits
/// for the event loop; what is beyond them stays in the network, so a body of any length takes a
/// few pieces of memory. One that stalls for 30 s is given up. Read by one thread.
final class BodyReader extends InputStream {
  private static final long PATIENCE_SECONDS = 30;
  private static final long LOOK_SECONDS = 5;
  private static final int DRAIN = 2 << 20;
  private static final long DRAIN_SECONDS = 5;

  /// Of about 8 KiB each.
  private static final int AHEAD = 64;

  private final HttpRequest request;
  private final ScheduledFuture<?> watch;
  private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();

  /// While what is left is being thrown away.
  private OptionalLong drainUntil = OptionalLong.empty();

  private volatile Optional<Subscription> subscription = Optional.empty();
  private byte[] piece = {};
  private int position;
  private int taken;
  private Optional<End> end = Optional.empty();

  /// Since when a read waits; 0 while none does.
  private volatile long waitingSince;

  private sealed interface Part {}

  private record Piece(byte[] bytes) implements Part {}

  /// @param problem absent when the body is complete
  private record End(Optional<Throwable> problem) implements Part {}

  BodyReader(ServiceRequestContext context, HttpRequest request) {
    this.request = request;
    request.subscribe(new Parts());
    this.watch =
        context
            .eventLoop()
            .withoutContext()
            .scheduleAtFixedRate(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /// On an event loop.
  private final class Parts implements Subscriber<HttpObject> {
    @Override
    public void onSubscribe(Subscription given) {
      subscription = Optional.of(given);
      given.request(AHEAD);
    }

    /// Trailers carry nothing for us, but count.
    @Override
    public void onNext(HttpObject part) {
      parts.add(new Piece(part instanceof HttpData data ? data.array() : new byte[0]));
    }

    @Override
    public void onError(Throwable problem) {
      parts.add(new End(Optional.of(problem)));
    }

    @Override
    public void onComplete() {
      parts.add(new End(Optional.empty()));
    }
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

  /// As much as there is, up to `count`.
  @Override
  public int read(byte[] bytes, int from, int count) throws IOException {
    int done = 0;
    while (done < count && (done == 0 || position < piece.length || !parts.isEmpty())) {
      if (position == piece.length && !next()) {
        break;
      }
      int some = Math.min(count - done, piece.length - position);
      System.arraycopy(piece, position, bytes, from + done, some);
      position += some;
      done += some;
    }
    return done == 0 && count > 0 ? ended() : done;
  }

  private int ended() throws IOException {
    Optional<Throwable> problem = end.flatMap(End::problem);
    if (problem.isPresent()) {
      throw new IOException("the body broke off", problem.get());
    }
    return -1;
  }

  /// Waits for the next piece; false at the end.
  private boolean next() throws IOException {
    if (end.isPresent()) {
      return false;
    }
    waitingSince = System.nanoTime() | 1;
    try {
      switch (taken()) {
        case Piece got -> {
          piece = got.bytes();
          position = 0;
          if (++taken == AHEAD / 2) {
            taken = 0;
            subscription.ifPresent(present -> present.request(AHEAD / 2));
          }
        }
        case End over -> end = Optional.of(over);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      waitingSince = 0;
    }
    return end.isEmpty();
  }

  private Part taken() throws InterruptedException, IOException {
    if (drainUntil.isEmpty()) {
      return parts.take();
    }
    Part part = parts.poll(drainUntil.getAsLong() - System.nanoTime(), TimeUnit.NANOSECONDS);
    if (part == null) {
      throw new IOException("nothing came");
    }
    return part;
  }

  /// Takes a little of what was not read: a client that is still sending may hear nothing of an
  /// answer before it has done so.
  @Override
  public void close() {
    try {
      byte[] rest = new byte[16 * 1024];
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
      drainUntil = OptionalLong.of(until);
      int drained = 0;
      for (int count = 0; count >= 0 && drained < DRAIN && System.nanoTime() < until; ) {
        count = read(rest, 0, rest.length);
        drained += count;
      }
    } catch (IOException e) {
      // Then nobody listens any more.
    } finally {
      watch.cancel(false);
      subscription.ifPresent(Subscription::cancel);
    }
  }
}
