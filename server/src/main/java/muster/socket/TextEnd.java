package muster.socket;

import com.linecorp.armeria.common.websocket.WebSocketFrame;
import java.util.Optional;

/// Texts over one connection.
///
/// @param counts a message that came; may refuse it
record TextEnd(SocketEnd end, Runnable counts) implements TextSocket {
  private static final int UNSUPPORTED = 1003;

  @Override
  public Optional<String> receive() throws InterruptedException {
    Optional<SocketEnd.Message> next = end.receive();
    if (next.isEmpty()) {
      return Optional.empty();
    }
    if (!next.get().isText()) {
      end.close(UNSUPPORTED, "text frames only");
      return Optional.empty();
    }
    counts.run();
    return Optional.of(next.get().text());
  }

  @Override
  public boolean send(String text) throws InterruptedException {
    return end.send(WebSocketFrame.ofText(text));
  }

  @Override
  public boolean isOpen() {
    return end.isOpen();
  }

  @Override
  public void onClose(Runnable task) {
    end.onClose(task);
  }

  @Override
  public void close(int code, String reason) {
    end.close(code, reason);
  }
}
