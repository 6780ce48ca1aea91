package muster.socket;

import com.linecorp.armeria.common.websocket.WebSocketFrame;
import java.util.Optional;
import muster.remote.RemoteFrame;
import muster.remote.RemoteSocket;
import muster.wire.CloseCode;
import muster.wire.JsonException;
import muster.wire.RemoteControl;

/// One WebSocket of a remote session, either side's.
record RemoteEnd(SocketEnd end) implements RemoteSocket {
  @Override
  public Optional<RemoteFrame> receive() throws InterruptedException {
    Optional<SocketEnd.Message> next = end.receive();
    try {
      return next.map(RemoteEnd::frame);
    } catch (JsonException e) {
      end.close(CloseCode.PROTOCOL_ERROR, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private static RemoteFrame frame(SocketEnd.Message message) {
    if (!message.isText()) {
      return new RemoteFrame.Bytes(message.content());
    }
    return switch (RemoteControl.parse(message.text())) {
      case RemoteControl.Resize size -> new RemoteFrame.Resize(size.cols(), size.rows());
      case RemoteControl.Eof eof -> new RemoteFrame.Eof();
      case RemoteControl.Exit exit -> new RemoteFrame.Exit(exit.code());
    };
  }

  @Override
  public boolean send(RemoteFrame frame) throws InterruptedException {
    return end.send(
        switch (frame) {
          case RemoteFrame.Bytes data -> WebSocketFrame.ofBinary(data.bytes());
          case RemoteFrame.Resize size -> text(new RemoteControl.Resize(size.cols(), size.rows()));
          case RemoteFrame.Eof eof -> text(new RemoteControl.Eof());
          case RemoteFrame.Exit exit -> text(new RemoteControl.Exit(exit.code()));
        });
  }

  private static WebSocketFrame text(RemoteControl control) {
    return WebSocketFrame.ofText(control.toJson().toString());
  }

  @Override
  public void close(int code, String reason) {
    end.close(code, reason);
  }
}
