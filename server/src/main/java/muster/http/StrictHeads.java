package muster.http;

import com.linecorp.armeria.common.ProtocolViolationException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import java.util.List;

/// Refuses what Netty's decoder of HTTP/1 takes and a proxy before it may read in another way: a
/// header that goes on in the next line (RFC 9112, 5.2) and a transfer coding that is not `chunked`
/// and nothing else (6.1). One for each connection, on its event loop.
///
/// The decoder joins folded lines and leaves no trace of it, so the lines are looked at before it
/// gets them, and a second handler behind it tells whether they belong to a head or to a body. That
/// holds at the beginning of a line when the decoder has everything before it; bytes in which some
/// line begins with a blank are therefore handed on line by line, all others as they come.
public final class StrictHeads extends ChannelInboundHandlerAdapter {
  /// Of decoder and encoder; Armeria's own, and not public.
  private static final Class<? extends ChannelHandler> CODEC = CombinedChannelDuplexHandler.class;

  /// The first byte of every TLS connection: a record of type handshake (RFC 8446, 5.1).
  private static final byte HANDSHAKE = 22;

  private boolean begun;
  private boolean watching;
  private boolean inHead = true;
  private boolean lineBegins = true;
  private boolean folded;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    ChannelPipeline pipeline = context.pipeline();
    boolean isFirst = !begun;
    begun |= bytes.isReadable();
    if (isFirst && begun && bytes.getByte(bytes.readerIndex()) == HANDSHAKE) {
      // What can be read of a TLS connection comes out at the pipeline's present end.
      pipeline.addLast(new StrictHeads());
      pipeline.remove(this);
      context.fireChannelRead(bytes);
      return;
    }
    boolean byLine = hasBlankFirst(bytes);
    while (bytes.isReadable() && !stepsAside(pipeline)) {
      handOn(context, bytes, byLine || !watching);
    }
    if (bytes.isReadable()) {
      context.fireChannelRead(bytes);
    } else {
      bytes.release();
    }
  }

  private void handOn(ChannelHandlerContext context, ByteBuf bytes, boolean oneLine) {
    watch(context.pipeline());
    folded |= inHead && lineBegins && isBlank(bytes.getByte(bytes.readerIndex()));
    int newline = oneLine ? bytes.bytesBefore((byte) '\n') : -1;
    ByteBuf part = bytes.readRetainedSlice(newline < 0 ? bytes.readableBytes() : newline + 1);
    lineBegins = part.getByte(part.writerIndex() - 1) == '\n';
    context.fireChannelRead(part);
  }

  /// Whether some line in there, or what goes on at a line's beginning, begins with a blank.
  private boolean hasBlankFirst(ByteBuf bytes) {
    boolean begins = lineBegins;
    for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
      byte next = bytes.getByte(i);
      if (begins && isBlank(next)) {
        return true;
      }
      begins = next == '\n';
    }
    return false;
  }

  private static boolean isBlank(byte character) {
    return character == ' ' || character == '\t';
  }

  /// The decoder comes with the first bytes, of which a line is too little to be a request.
  private void watch(ChannelPipeline pipeline) {
    if (!watching && pipeline.context(CODEC) != null) {
      pipeline.addAfter(pipeline.context(CODEC).name(), null, new Watch());
      watching = true;
    }
  }

  /// HTTP/2 and WebSockets have no such lines.
  private boolean stepsAside(ChannelPipeline pipeline) {
    boolean other =
        watching ? pipeline.get(CODEC) == null : pipeline.get(Http2ConnectionHandler.class) != null;
    if (other) {
      pipeline.remove(this);
      if (watching) {
        pipeline.remove(Watch.class);
      }
    }
    return other;
  }

  /// Where the decoder is.
  private final class Watch extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        inHead = false;
        if (request.decoderResult().isSuccess() && (folded || !isPlainOrChunked(request))) {
          request.setDecoderResult(DecoderResult.failure(new ProtocolViolationException()));
          request.headers().remove(HttpHeaderNames.UPGRADE); // looked at before the result is
        }
        folded = false;
      }
      if (message instanceof LastHttpContent) {
        inHead = true;
      }
      context.fireChannelRead(message);
    }

    private static boolean isPlainOrChunked(HttpRequest request) {
      List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
      return codings.isEmpty()
          || (codings.size() == 1
              && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst()));
    }
  }
}
