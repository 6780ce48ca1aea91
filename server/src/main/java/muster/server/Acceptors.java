package muster.server;

import com.linecorp.armeria.common.Flags;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The thread that accepts connections. It ends at once when told to, without Netty's usual 2 s of
/// waiting for more to do: every stop of the server would take that much longer.
final class Acceptors extends MultiThreadIoEventLoopGroup {
  private static final long LONGEST_SECONDS = 15;

  private Acceptors(String name, IoHandlerFactory transport) {
    super(1, new DefaultThreadFactory(name, true), transport);
  }

  /// Of the transport that the connections have.
  static EventLoopGroup named(String name) {
    return switch (Flags.transportType()) {
      case EPOLL -> new Acceptors(name, EpollIoHandler.newFactory());
      case NIO -> new Acceptors(name, NioIoHandler.newFactory());
      case KQUEUE, IO_URING ->
          Flags.transportType().newEventLoopGroup(1, type -> new DefaultThreadFactory(name, true));
    };
  }

  @Override
  public Future<?> shutdownGracefully() {
    return shutdownGracefully(0, LONGEST_SECONDS, TimeUnit.SECONDS);
  }
}
