package muster.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Lets new TLS connections in at a rate, before anything is spent on their handshake (about 3 ms
/// of a processor each): a fleet that comes back all at once must not take the server away from
/// people, nor from itself. A connection too many waits, unread, up to 5 s; beyond that it is
/// closed, which costs next to nothing, and the agent tries again later. Plain connections pass,
/// and so does who has been let in as a person from that address before.
///
/// Shared by all event loops.
final class AcceptGate {
  /// Below the time a connection has for its first request, and an agent's patience to connect.
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  /// The first byte of every TLS connection: a record of type handshake (RFC 8446, 5.1).
  private static final int HANDSHAKE = 22;

  private final Admission strangers;
  private final KnownAddresses people = new KnownAddresses(System::nanoTime);
  private final AtomicInteger waiting = new AtomicInteger();
  private final Counter admitted;
  private final Counter refused;

  AcceptGate(int perSecond, MeterRegistry meters) {
    this.strangers = new Admission(perSecond, LONGEST_WAIT, System::nanoTime);
    this.admitted = meters.counter("muster.tls.connections", "outcome", "admitted");
    this.refused = meters.counter("muster.tls.connections", "outcome", "refused");
    Gauge.builder("muster.tls.connections.waiting", waiting, AtomicInteger::get).register(meters);
  }

  /// A person proved from there who it is.
  void letIn(InetAddress address) {
    people.add(address);
  }

  /// What stands first in the pipeline of one new connection.
  ChannelHandler guard() {
    return new Guard();
  }

  private OptionalLong waitOf(ChannelHandlerContext context) {
    boolean passes =
        context.channel().remoteAddress() instanceof InetSocketAddress from
            && people.pass(from.getAddress());
    return passes ? OptionalLong.of(0) : strangers.next();
  }

  /// Used by one event loop only.
  private final class Guard extends ChannelInboundHandlerAdapter {
    /// What came while the connection waits or is being closed; the kernel keeps the rest.
    private final List<Object> held = new ArrayList<>();

    private boolean holds;
    private boolean waits;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (holds) {
        held.add(message);
        return;
      }
      if (!isHandshake(message)) {
        context.pipeline().remove(this);
        context.fireChannelRead(message);
        return;
      }
      held.add(message);
      OptionalLong wait = waitOf(context);
      if (wait.isEmpty()) {
        holds = true;
        refused.increment();
        context.close();
      } else if (wait.getAsLong() == 0) {
        admit(context);
      } else {
        holds = true;
        waits = true;
        waiting.incrementAndGet();
        context.channel().config().setAutoRead(false);
        context.executor().schedule(() -> waited(context), wait.getAsLong(), TimeUnit.NANOSECONDS);
      }
    }

    private static boolean isHandshake(Object message) {
      return message instanceof ByteBuf bytes
          && bytes.isReadable()
          && bytes.getUnsignedByte(bytes.readerIndex()) == HANDSHAKE;
    }

    private void waited(ChannelHandlerContext context) {
      if (!waits) {
        return; // it is gone
      }
      leave();
      admit(context);
      context.fireChannelReadComplete();
      context.channel().config().setAutoRead(true);
    }

    private void admit(ChannelHandlerContext context) {
      admitted.increment();
      List<Object> given = List.copyOf(held);
      held.clear();
      context.pipeline().remove(this);
      given.forEach(context::fireChannelRead);
    }

    private void leave() {
      waits = false;
      waiting.decrementAndGet();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (!holds) {
        context.fireChannelReadComplete();
      }
    }

    /// The connection was closed: while it waits, or as it was refused.
    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
      if (waits) {
        leave();
      }
      held.forEach(ReferenceCountUtil::release);
      held.clear();
    }
  }
}
