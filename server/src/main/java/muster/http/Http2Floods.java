package muster.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.concurrent.TimeUnit;

/// Ends an HTTP/2 connection that sends more frames that carry nothing than any client has use for:
/// settings, pings, priorities, unknown ones, empty data (CVE-2019-9511 to 9518). Each costs us an
/// answer or at least a look, and the client nothing. Resets and small continuations are counted by
/// Netty itself. One for each connection, on its event loop; real time, because so is a flood.
final class Http2Floods extends Http2FrameListenerDecorator {
  /// A busy client pings and grants windows some times for each request.
  private static final int A_WINDOW = 1_000;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  private long windowBegan = System.nanoTime();
  private int frames;

  private Http2Floods(Http2ConnectionHandler connection) {
    super(connection.decoder().frameListener());
  }

  static void watch(Http2ConnectionHandler connection) {
    connection.decoder().frameListener(new Http2Floods(connection));
  }

  private void count() throws Http2Exception {
    long now = System.nanoTime();
    if (now - windowBegan > WINDOW_NANOS) {
      windowBegan = now;
      frames = 0;
    }
    frames++;
    if (frames > A_WINDOW) {
      throw Http2Exception.connectionError(
          Http2Error.ENHANCE_YOUR_CALM, "more than %d control frames in 10 s", A_WINDOW);
    }
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings)
      throws Http2Exception {
    count();
    super.onSettingsRead(context, settings);
  }

  @Override
  public void onSettingsAckRead(ChannelHandlerContext context) throws Http2Exception {
    count();
    super.onSettingsAckRead(context);
  }

  @Override
  public void onPingRead(ChannelHandlerContext context, long data) throws Http2Exception {
    count();
    super.onPingRead(context, data);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext context, long data) throws Http2Exception {
    count();
    super.onPingAckRead(context, data);
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext context, int stream, int dependency, short weight, boolean exclusive)
      throws Http2Exception {
    count();
    super.onPriorityRead(context, stream, dependency, weight, exclusive);
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext context, byte type, int stream, Http2Flags flags, ByteBuf payload)
      throws Http2Exception {
    count();
    super.onUnknownFrame(context, type, stream, flags, payload);
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean last)
      throws Http2Exception {
    if (!data.isReadable() && !last) {
      count();
    }
    return super.onDataRead(context, stream, data, padding, last);
  }
}
