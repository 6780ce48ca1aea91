package muster.simulator;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/// Sockets to the server, on a few event loops for all devices. Shared.
final class Wire implements AutoCloseable {
  private static final int MAX_FRAME = 256 * 1024;
  private static final int MAX_BODY = 64 * 1024;
  private static final int CONNECT_MILLIS = 10_000;

  private final Endpoint endpoint;
  private final InetAddress server;
  private final Optional<SslContext> tls;
  private final MultiThreadIoEventLoopGroup group;
  private final List<EventLoop> loops = new ArrayList<>();

  Wire(Endpoint endpoint, int threads) {
    this.endpoint = endpoint;
    this.server = endpoint.address();
    this.tls = endpoint.isTls() ? Optional.of(tls(endpoint)) : Optional.empty();
    this.group =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("devices", true), NioIoHandler.newFactory());
    for (int i = 0; i < threads; i++) {
      loops.add(group.next());
    }
  }

  private static SslContext tls(Endpoint endpoint) {
    SSLContext context = endpoint.client().sslContext();
    return new JdkSslContext(
        context,
        true,
        null,
        IdentityCipherSuiteFilter.INSTANCE,
        ApplicationProtocolConfig.DISABLED,
        ClientAuth.NONE,
        null,
        false);
  }

  /// The loop a device lives on, always the same.
  EventLoop loop(int device) {
    return loops.get(device % loops.size());
  }

  /// Opens a device's WebSocket; the handler is told how it goes.
  ChannelFuture webSocket(int device, String token, Socket handler) {
    DefaultHttpHeaders headers = new DefaultHttpHeaders();
    headers.set("Authorization", "Bearer " + token);
    WebSocketClientProtocolConfig config =
        WebSocketClientProtocolConfig.newBuilder()
            .webSocketUri(
                URI.create(
                    (endpoint.isTls() ? "wss://" : "ws://")
                        + endpoint.base().getAuthority()
                        + "/device/ws"))
            .version(WebSocketVersion.V13)
            .customHeaders(headers)
            .maxFramePayloadLength(MAX_FRAME)
            .handshakeTimeoutMillis(CONNECT_MILLIS)
            .handleCloseFrames(false)
            // A connection that breaks says nothing; goodbyes are sent by those who mean them.
            .sendCloseFrame(null)
            .dropPongFrames(true)
            .build();
    return connect(
        device,
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            secure(channel);
            channel
                .pipeline()
                .addLast(
                    handler.ears(),
                    new HttpClientCodec(),
                    new HttpObjectAggregator(MAX_BODY),
                    new WebSocketClientProtocolHandler(config),
                    handler);
          }
        });
  }

  private void secure(Channel channel) {
    tls.ifPresent(context ->
        channel
            .pipeline()
            .addLast(
                context.newHandler(channel.alloc(), endpoint.base().getHost(), endpoint.port())));
  }

  /// A JSON body to a path, from the device's own address.
  Exchange post(int device, String path, String json) {
    Exchange exchange = new Exchange(endpoint.base().getAuthority(), path, json);
    ChannelFuture connecting =
        connect(
            device,
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                secure(channel);
                channel
                    .pipeline()
                    .addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_BODY), exchange);
              }
            });
    connecting.addListener(done -> {
      if (!done.isSuccess()) {
        exchange.fail(done.cause());
      }
    });
    return exchange;
  }

  private ChannelFuture connect(int device, ChannelInitializer<Channel> pipeline) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop(device))
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(pipeline);
    SocketAddress remote = new InetSocketAddress(server, endpoint.port());
    return endpoint
        .source(server, device)
        .map(source -> bootstrap.connect(remote, source))
        .orElseGet(() -> bootstrap.connect(remote));
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
  }
}
