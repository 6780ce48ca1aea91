package muster.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;

/// Writes an answer's body in pieces. Each write waits until the piece before it has been taken, so
/// a slow client holds up its own stream and at most one piece is in memory for it.
public final class BodyWriter {
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
      out.whenConsumed().join();
    } catch (CompletionException e) {
      throw ClosedStreamException.get();
    }
  }

  public void write(String piece) {
    write(piece.getBytes(StandardCharsets.UTF_8));
  }

  public boolean isOpen() {
    return out.isOpen();
  }
}
