package muster.simulator;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.Optional;
import muster.wire.CloseCode;

/// One WebSocket of a device. Everything happens on the device's event loop; the device is told of
/// the end exactly once.
final class Socket extends SimpleChannelInboundHandler<WebSocketFrame> {
  private final VirtualDevice device;
  private Optional<ChannelHandlerContext> context = Optional.empty();
  private Ending ending = new Ending.Broken("cut off");
  private boolean over;
  private long heardNanos = System.nanoTime();

  Socket(VirtualDevice device) {
    this.device = device;
  }

  /// Hears pings too, which are answered before they come to the device.
  ChannelHandler ears() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext at, Object message) {
        heardNanos = System.nanoTime();
        at.fireChannelRead(message);
      }
    };
  }

  long heardNanos() {
    return heardNanos;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = Optional.of(added);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext at, Object event) {
    if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
      device.opened(this);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext at, WebSocketFrame frame) {
    if (frame instanceof TextWebSocketFrame text) {
      device.received(this, text.text());
    } else if (frame instanceof CloseWebSocketFrame close) {
      ending = Ending.ofClose(close.statusCode(), close.reasonText());
      at.writeAndFlush(new CloseWebSocketFrame(CloseCode.NORMAL, ""))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext at) {
    end(ending);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext at, Throwable problem) {
    ending = Ending.ofProblem(problem);
    at.close();
  }

  /// Could not even connect.
  void failed(Throwable problem) {
    end(Ending.ofProblem(problem));
  }

  void send(String text) {
    context.ifPresent(at -> at.writeAndFlush(new TextWebSocketFrame(text)));
  }

  /// Ends it without a word.
  void cut(Ending why) {
    ending = why;
    context.ifPresent(at -> at.channel().close());
  }

  /// Says goodbye.
  void close(Ending why) {
    ending = why;
    context.ifPresent(at ->
        at.writeAndFlush(new CloseWebSocketFrame(CloseCode.NORMAL, ""))
            .addListener(ChannelFutureListener.CLOSE));
  }

  /// Reads nothing any more; the other side's bytes pile up in the kernel.
  void goDeaf() {
    context.ifPresent(at -> at.channel().config().setAutoRead(false));
  }

  private void end(Ending how) {
    if (!over) {
      over = true;
      device.ended(this, how);
    }
  }
}
