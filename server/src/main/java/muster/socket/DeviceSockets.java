package muster.socket;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.websocket.CloseWebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import io.netty.util.AttributeKey;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import muster.auth.Origin;
import muster.checkin.Checkins;
import muster.checkin.Identity;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Dialect;
import muster.http.Pipeline;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes WebSocket services for device protocols and pings what is connected.
public final class DeviceSockets {
  private static final Logger log = LoggerFactory.getLogger(DeviceSockets.class);
  private static final AttributeKey<Identity> IDENTITY =
      AttributeKey.valueOf(DeviceSockets.class, "IDENTITY");

  /// A chunk of 16 KiB, every byte of it escaped as six characters, fits twice.
  private static final int MAX_FRAME = 256 * 1024;

  private static final int PING_SECONDS = 15;
  private static final int INTERNAL_ERROR = 1011;
  private static final int UNSUPPORTED = 1003;
  private static final int NORMAL = 1000;
  private static final int GOING_AWAY = 1001;

  private final Checkins checkins;
  private final Pipeline pipeline;
  private final ExecutorService threads;
  private final Set<DeviceChannel> open = ConcurrentHashMap.newKeySet();

  /// Begins a protocol's side of a connection that was let in.
  @FunctionalInterface
  public interface Protocol {
    Conversation begin(Identity device, DeviceChannel channel);
  }

  public DeviceSockets(Checkins checkins, Pipeline pipeline) {
    this.checkins = checkins;
    this.pipeline = pipeline;
    this.threads = pipeline.threads();
  }

  /// A WebSocket service that lets in approved devices by their credential, before the upgrade.
  public HttpService service(Dialect dialect, Protocol protocol) {
    WebSocketService socket =
        WebSocketService.builder((context, in) -> connect(context, in, protocol))
            .maxFramePayloadLength(MAX_FRAME)
            .aggregateContinuation(true)
            // Devices send no Origin, and their credential is none that a browser adds by itself.
            .allowedOrigins("*")
            .build();
    return socket.decorate((delegate, context, request) -> {
      String requestId = Pipeline.begin(context);
      context.clearRequestTimeout();
      return HttpResponse.of(
          CompletableFuture.supplyAsync(
              () -> letIn(delegate, context, request, dialect, requestId), threads));
    });
  }

  private HttpResponse letIn(
      HttpService delegate,
      ServiceRequestContext context,
      HttpRequest request,
      Dialect dialect,
      String requestId) {
    try {
      pipeline.requireSafeTransport(context);
      Origin origin = Pipeline.origin(context, dialect.name(), requestId);
      // In the query too, as both pages' agents send it; the pipeline lets plain HTTP through on
      // this machine only, and no query is ever logged.
      String token =
          Pipeline.bearer(request)
              .or(() -> Optional.ofNullable(context.queryParam("token")))
              .orElseThrow(
                  () -> Fault.unauthenticated("authentication required: a device's token"));
      context.setAttr(IDENTITY, checkins.authenticate(token, origin));
      if (!isUpgrade(request)) {
        throw Fault.invalid("Upgrade", "nothing", "a WebSocket handshake");
      }
      return delegate.serve(context, request);
    } catch (Fault fault) {
      return pipeline.send(dialect, requestId, fault);
    } catch (Exception e) {
      log.error("a WebSocket could not be opened, request {}", requestId, e);
      return pipeline.send(dialect, requestId, new Fault(FaultCode.INTERNAL, "internal error"));
    }
  }

  private static boolean isUpgrade(HttpRequest request) {
    return request.headers().contains(HttpHeaderNames.UPGRADE)
        || request.headers().contains(HttpHeaderNames.PROTOCOL);
  }

  private WebSocket connect(ServiceRequestContext context, WebSocket in, Protocol protocol) {
    Identity identity = context.attr(IDENTITY);
    if (identity == null) {
      throw new IllegalStateException("a socket that was not let in");
    }
    WebSocketWriter out = WebSocket.streaming();
    WebSocketChannel channel =
        new WebSocketChannel(context, out, context.remoteAddress().getAddress().getHostAddress());
    in.subscribe(new Frames(channel, protocol.begin(identity, channel)));
    return out;
  }

  /// Pings a fifteenth of the open channels; called once a second, so each is pinged every 15 s.
  public void tick(long second) {
    for (DeviceChannel channel : open) {
      if (Math.floorMod(channel.hashCode() - second, PING_SECONDS) == 0) {
        channel.ping();
      }
    }
  }

  /// The reading end: asks for the next frame when the one before has been dealt with, so a device
  /// that floods is held back by TCP and never piles up here.
  private final class Frames implements Subscriber<WebSocketFrame> {
    private final WebSocketChannel channel;
    private final Conversation conversation;
    private volatile Optional<Subscription> subscription = Optional.empty();
    private volatile boolean goodbye;

    /// A frame could not be dealt with: those behind it must not count, or what it said is missing
    /// for good.
    private volatile boolean failed;

    /// The work given last; calls of the subscriber come one at a time.
    private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

    private Frames(WebSocketChannel channel, Conversation conversation) {
      this.channel = channel;
      this.conversation = conversation;
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription = Optional.of(given);
      open.add(channel);
      work(conversation::opened);
    }

    @Override
    public void onNext(WebSocketFrame frame) {
      switch (frame.type()) {
        case TEXT -> {
          String text = frame.text();
          work(() -> conversation.text(text));
        }
        case PING -> {
          channel.pong();
          conversation.signOfLife();
          next();
        }
        case PONG -> {
          conversation.signOfLife();
          next();
        }
        case CLOSE -> {
          int code = frame instanceof CloseWebSocketFrame close ? code(close) : GOING_AWAY;
          goodbye = code == NORMAL;
          channel.close(NORMAL, "");
          next();
        }
        case BINARY, CONTINUATION -> {
          frame.close();
          channel.close(UNSUPPORTED, "text frames only");
          next();
        }
      }
    }

    private static int code(CloseWebSocketFrame frame) {
      return frame.status() == null ? GOING_AWAY : frame.status().code();
    }

    private void work(Runnable task) {
      afterTheLast(() -> {
        try {
          if (!failed) {
            task.run();
          }
        } catch (RuntimeException e) {
          failed = true;
          log.error("a device's frame could not be dealt with", e);
          channel.close(INTERNAL_ERROR, "internal error");
        } finally {
          next();
        }
      });
    }

    /// The end of a connection may come while a frame is being dealt with, and must wait for it: a
    /// greeting would open a session that nobody closes any more.
    private void afterTheLast(Runnable task) {
      last =
          last.handleAsync(
              (done, problem) -> {
                task.run();
                return Boolean.TRUE;
              },
              threads);
    }

    private void next() {
      subscription.ifPresent(present -> present.request(1));
    }

    @Override
    public void onError(Throwable problem) {
      log.debug("a device's connection broke", problem);
      // Also after a goodbye: closing the socket then may be faster than ending the stream.
      end(goodbye);
    }

    @Override
    public void onComplete() {
      end(goodbye);
    }

    private void end(boolean saidGoodbye) {
      open.remove(channel);
      afterTheLast(() -> {
        try {
          conversation.closed(saidGoodbye);
        } catch (RuntimeException e) {
          log.error("the end of a connection could not be dealt with", e);
        }
      });
    }
  }
}
