package muster.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Writes an answer's body in pieces. Each write waits until the piece before it has been taken, so
/// a slow client holds up its own stream and at most one piece is in memory for it; one that takes
/// nothing for 30 s is cut off.
public final class BodyWriter {
  private static final long PATIENCE_SECONDS = 30;

  private final HttpResponseWriter out;

  BodyWriter(HttpResponseWriter out) {
    this.out = out;
  }

  /// @throws ClosedStreamException when the client is gone
  public void write(byte[] piece) {
    if (!out.tryWrite(HttpData.wrap(piece))) {
      throw ClosedStreamException.get();
    }
    try {
      out.whenConsumed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw ClosedStreamException.get();
    } catch (TimeoutException e) {
      out.abort();
      throw ClosedStreamException.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ClosedStreamException.get();
    }
  }

  public void write(String piece) {
    write(piece.getBytes(StandardCharsets.UTF_8));
  }

  /// Runs `task` when nothing is taken any more, or at once when that is so; it must not block.
  public void onClose(Runnable task) {
    out.whenComplete().whenComplete((done, problem) -> task.run());
  }

  public boolean isOpen() {
    return out.isOpen();
  }
}
