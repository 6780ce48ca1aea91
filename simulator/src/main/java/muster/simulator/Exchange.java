package muster.simulator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One POST on a connection of its own and the answer to it.
final class Exchange extends SimpleChannelInboundHandler<FullHttpResponse> {
  private static final int SECONDS = 30;

  private final String authority;
  private final String path;
  private final String json;
  private final CompletableFuture<Reply> reply = new CompletableFuture<>();

  /// @param retryAfterSeconds 0 when the server did not say
  record Reply(int status, String body, int retryAfterSeconds) {}

  Exchange(String authority, String path, String json) {
    this.authority = authority;
    this.path = path;
    this.json = json;
  }

  /// Waits at most 30 s.
  Reply await() throws IOException, InterruptedException {
    try {
      return reply.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no answer in " + SECONDS + " s", e);
    }
  }

  void fail(Throwable problem) {
    reply.completeExceptionally(problem);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    ByteBuf body = Unpooled.copiedBuffer(json, StandardCharsets.UTF_8);
    FullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, path, body);
    request
        .headers()
        .set(HttpHeaderNames.HOST, authority)
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
        .set(HttpHeaderNames.CONNECTION, "close");
    context.writeAndFlush(request);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
    Integer retryAfter = response.headers().getInt(HttpHeaderNames.RETRY_AFTER);
    reply.complete(
        new Reply(
            response.status().code(),
            response.content().toString(StandardCharsets.UTF_8),
            retryAfter == null ? 0 : retryAfter));
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(new IOException("the connection ended before the answer"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable problem) {
    fail(problem);
    context.close();
  }
}
