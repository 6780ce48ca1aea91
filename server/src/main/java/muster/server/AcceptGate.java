package muster.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Lets new connections in at a rate, before anything is spent on them: a fleet that comes back all
/// at once must not take the server away from people, nor from itself. TLS connections wait for
/// their handshake, about 3 ms of a processor each; plain ones that ask for a device's socket wait
/// for that, at [#PLAIN_FACTOR] times the rate. A connection too many waits, unread, up to 5 s;
/// beyond that it is closed, which costs next to nothing, and the agent tries again later. Other
/// plain connections pass, and so does a handshake from an address from which a person was let in.
///
/// Shared by all event loops.
final class AcceptGate {
  /// Below the time a connection has for its first request, and an agent's patience to connect.
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  /// What a handshake costs, as many plain connections of devices.
  static final int PLAIN_FACTOR = 8;

  /// The first byte of every TLS connection: a record of type handshake (RFC 8446, 5.1).
  private static final int HANDSHAKE = 22;

  private final Lane handshakes;
  private final Lane plain;
  private final List<ByteBuf> devicePaths;
  private final KnownAddresses people = new KnownAddresses(System::nanoTime);
  private final AtomicInteger waiting = new AtomicInteger();

  /// One kind of connections, with a rate of its own.
  private record Lane(Admission admission, Counter admitted, Counter refused) {
    static Lane of(String kind, int perSecond, MeterRegistry meters) {
      return new Lane(
          new Admission(perSecond, LONGEST_WAIT, System::nanoTime),
          meters.counter("muster.admissions", "kind", kind, "outcome", "admitted"),
          meters.counter("muster.admissions", "kind", kind, "outcome", "refused"));
    }
  }

  /// @param perSecond handshakes
  /// @param devicePaths of the sockets of devices
  AcceptGate(int perSecond, List<String> devicePaths, MeterRegistry meters) {
    this.handshakes = Lane.of("tls", perSecond, meters);
    this.plain = Lane.of("plain", perSecond * PLAIN_FACTOR, meters);
    this.devicePaths =
        devicePaths.stream()
            .map(path ->
                Unpooled.unreleasableBuffer(
                    Unpooled.copiedBuffer("GET " + path, StandardCharsets.US_ASCII)))
            .toList();
    Gauge.builder("muster.admissions.waiting", waiting, AtomicInteger::get).register(meters);
  }

  /// A person proved from there who it is.
  void letIn(InetAddress address) {
    people.add(address);
  }

  /// What stands first in the pipeline of one new connection.
  ChannelHandler guard() {
    return new Guard();
  }

  private OptionalLong waitOf(ChannelHandlerContext context, Lane lane) {
    boolean passes =
        lane == handshakes
            && context.channel().remoteAddress() instanceof InetSocketAddress from
            && people.pass(from.getAddress());
    return passes ? OptionalLong.of(0) : lane.admission().next();
  }

  /// In which lane a connection stands that begins like that; empty = in none, it passes.
  private Optional<Lane> laneOf(Object message) {
    if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
      return Optional.empty();
    }
    if (bytes.getUnsignedByte(bytes.readerIndex()) == HANDSHAKE) {
      return Optional.of(handshakes);
    }
    return devicePaths.stream().anyMatch(path -> beginsWith(bytes, path))
        ? Optional.of(plain)
        : Optional.empty();
  }

  private static boolean beginsWith(ByteBuf bytes, ByteBuf start) {
    int length = start.readableBytes();
    return bytes.readableBytes() >= length
        && ByteBufUtil.equals(bytes, bytes.readerIndex(), start, start.readerIndex(), length);
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
      Optional<Lane> found = laneOf(message);
      if (found.isEmpty()) {
        context.pipeline().remove(this);
        context.fireChannelRead(message);
        return;
      }
      held.add(message);
      Lane lane = found.get();
      OptionalLong wait = waitOf(context, lane);
      if (wait.isEmpty()) {
        holds = true;
        lane.refused().increment();
        context.close();
      } else if (wait.getAsLong() == 0) {
        admit(context, lane);
      } else {
        holds = true;
        waits = true;
        waiting.incrementAndGet();
        context.channel().config().setAutoRead(false);
        context
            .executor()
            .schedule(() -> waited(context, lane), wait.getAsLong(), TimeUnit.NANOSECONDS);
      }
    }

    private void waited(ChannelHandlerContext context, Lane lane) {
      if (!waits) {
        return; // it is gone
      }
      leave();
      admit(context, lane);
      context.fireChannelReadComplete();
      context.channel().config().setAutoRead(true);
    }

    private void admit(ChannelHandlerContext context, Lane lane) {
      lane.admitted().increment();
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
