package muster.http;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Cuts off a connection that does not come to a request's end of headers within a time: the first
/// one (after a TLS handshake, if any) counted from its beginning, each later one from its first
/// byte. A client that sends a byte now and then keeps an idle timeout from firing; it does not
/// keep this one. And cuts off one that takes next to nothing of the answer it has asked for, which
/// would stay in memory for as long as it likes.
///
/// Sits below TLS and HTTP and sees bytes only; [#spoke] tells it of requests. One for each
/// connection, on its event loop. HTTP/2 connections are left alone after their first request:
/// there [Http2Floods] counts frames, and a block of headers that is not ended lets nothing else
/// through until the idle timeout.
public final class SilentConnections extends ChannelDuplexHandler {
  private static final AttributeKey<SilentConnections> OF_CHANNEL =
      AttributeKey.valueOf(SilentConnections.class, "OF_CHANNEL");

  /// How much of a finished answer a client must take within which time: a link of 5 kbit/s does.
  private static final long LEAST_BYTES = 16 * 1024;

  private static final long STALL_SECONDS = 15;
  private static final long GOODBYE_SECONDS = 1;

  private final Duration patience;
  private final Set<ServiceRequestContext> underWay = new HashSet<>();
  private Set<ServiceRequestContext> underWayBefore = Set.of();
  private Optional<Future<?>> stallCheck = Optional.empty();
  private long sentBytes;
  private long sentBefore;
  private Optional<Future<?>> deadline = Optional.empty();
  private boolean multiplexed;
  private long requests;

  public SilentConnections(Duration patience) {
    this.patience = patience;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    context.channel().attr(OF_CHANNEL).set(this);
    await(context.channel());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    long before = requests;
    context.fireChannelRead(bytes);
    if (!multiplexed) {
      Http2ConnectionHandler http2 = context.pipeline().get(Http2ConnectionHandler.class);
      if (http2 != null) {
        multiplexed = true;
        Http2Floods.watch(http2);
      } else if (requests == before && underWay.isEmpty() && deadline.isEmpty()) {
        await(context.channel());
      }
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object bytes, ChannelPromise promise) {
    if (bytes instanceof ByteBuf buffer) {
      int size = buffer.readableBytes();
      context.write(bytes, promise.unvoid().addListener(written -> sentBytes += size));
    } else {
      context.write(bytes, promise);
    }
  }

  /// Bytes that have left, those of a buffer that is half out too.
  private long progress(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return sentBytes + (buffer == null ? 0 : buffer.currentProgress());
  }

  private void watchAnswers(Channel channel) {
    sentBefore = progress(channel);
    underWayBefore = Set.copyOf(underWay);
    stallCheck =
        Optional.of(
            channel
                .eventLoop()
                .schedule(() -> checkAnswers(channel), STALL_SECONDS, TimeUnit.SECONDS));
  }

  /// A request that has a time limit is answered long since when it was there at the last look.
  private void checkAnswers(Channel channel) {
    stallCheck = Optional.empty();
    boolean answered =
        underWayBefore.stream()
            .anyMatch(request -> underWay.contains(request) && request.requestTimeoutMillis() > 0);
    underWayBefore = Set.of();
    if (answered && progress(channel) - sentBefore < LEAST_BYTES) {
      channel.close();
      // Which over HTTP/2 says goodbye first, and may wait for the very answers that don't leave.
      channel
          .eventLoop()
          .schedule(() -> channel.unsafe().closeForcibly(), GOODBYE_SECONDS, TimeUnit.SECONDS);
    } else if (underWay.stream().anyMatch(request -> request.requestTimeoutMillis() > 0)) {
      watchAnswers(channel);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    goOn();
    stallCheck.ifPresent(timer -> timer.cancel(false));
    context.fireChannelInactive();
  }

  private void await(Channel channel) {
    deadline =
        Optional.of(
            channel
                .eventLoop()
                .schedule(() -> channel.close(), patience.toMillis(), TimeUnit.MILLISECONDS));
  }

  private void goOn() {
    deadline.ifPresent(timer -> timer.cancel(false));
    deadline = Optional.empty();
  }

  /// Notes that the connection has made a request.
  static void spoke(ServiceRequestContext context) {
    Channel channel = context.log().partial().channel();
    if (channel == null) {
      return;
    }
    SilentConnections silent = channel.attr(OF_CHANNEL).get();
    if (silent == null) {
      return;
    }
    silent.onLoop(channel, () -> silent.began(channel, context));
    context
        .log()
        .whenComplete()
        .thenRun(() -> silent.onLoop(channel, () -> silent.underWay.remove(context)));
  }

  private void onLoop(Channel channel, Runnable task) {
    if (channel.eventLoop().inEventLoop()) {
      task.run();
    } else {
      channel.eventLoop().execute(task);
    }
  }

  private void began(Channel channel, ServiceRequestContext context) {
    requests++;
    underWay.add(context);
    goOn();
    if (stallCheck.isEmpty()) {
      watchAnswers(channel);
    }
  }
}
