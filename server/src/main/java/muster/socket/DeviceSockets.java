package muster.socket;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.websocket.CloseWebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketFrameType;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import io.netty.util.AttributeKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import muster.auth.Origin;
import muster.checkin.Checkins;
import muster.checkin.Identity;
import muster.http.Dialect;
import muster.http.Limits;
import muster.http.LogContext;
import muster.http.Pipeline;
import muster.http.Presented;
import muster.id.DeviceId;
import muster.wire.CloseCode;
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

  /// From so many bytes on a part of a message, which may be output, does not count as a frame:
  /// there can't be many in one.
  private static final int LARGE_PART = 4096;

  private static final int PING_SECONDS = 15;
  private static final int INTERNAL_ERROR = 1011;
  private static final int UNSUPPORTED = 1003;
  private static final int TOO_BIG = 1009;
  private static final int NORMAL = 1000;
  private static final int GOING_AWAY = 1001;

  private final Checkins checkins;
  private final Pipeline pipeline;
  private final Limits limits;
  private final InstantSource clock;
  private final ExecutorService threads;
  private final Arrivals arrivals = new Arrivals();
  private final Set<DeviceChannel> open = ConcurrentHashMap.newKeySet();

  /// Begins a protocol's side of a connection that was let in.
  @FunctionalInterface
  public interface Protocol {
    Conversation begin(Identity device, DeviceChannel channel);
  }

  public DeviceSockets(Checkins checkins, Pipeline pipeline, Limits limits, InstantSource clock) {
    this.checkins = checkins;
    this.pipeline = pipeline;
    this.limits = limits;
    this.clock = clock;
    this.threads = pipeline.threads();
  }

  /// A WebSocket service that lets in approved devices by their credential, before the upgrade.
  ///
  /// @param parameter where in the query it may stand, as the pages' agents send it; the pipeline
  ///   lets plain HTTP through on this machine only, and no query is ever logged
  public HttpService service(Dialect dialect, String parameter, Protocol protocol) {
    WebSocketService socket =
        WebSocketService.builder((context, in) -> connect(context, in, protocol))
            .maxFramePayloadLength(MAX_FRAME)
            // Devices send no Origin, and their credential is none that a browser adds by itself.
            .allowedOrigins("*")
            .build();
    return new Entrance(
            pipeline,
            dialect,
            (context, request, origin) -> letIn(context, request, origin, parameter))
        .to(socket);
  }

  private void letIn(
      ServiceRequestContext context, HttpRequest request, Origin origin, String parameter) {
    try (var place = arrivals.connecting()) {
      Optional<String> token =
          Pipeline.bearer(request).or(() -> Optional.ofNullable(context.queryParam(parameter)));
      Identity identity =
          pipeline.authenticated(
              context,
              Presented.of(context, token),
              origin,
              "authentication required: a device's token or certificate",
              checkins::identity);
      LogContext.aboutDevice(identity.device());
      pipeline.limits().countDevice(context, identity.device().value());
      context.setAttr(IDENTITY, identity);
      Entrance.requireUpgrade(request);
    }
  }

  private WebSocket connect(ServiceRequestContext context, WebSocket in, Protocol protocol) {
    Identity identity = context.attr(IDENTITY);
    if (identity == null) {
      throw new IllegalStateException("a socket that was not let in");
    }
    WebSocketWriter out = WebSocket.streaming();
    WebSocketChannel channel =
        new WebSocketChannel(context, out, context.clientAddress().getHostAddress());
    in.subscribe(new Frames(identity.device(), channel, protocol.begin(identity, channel)));
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
    private final DeviceId device;
    private final WebSocketChannel channel;
    private final Conversation conversation;
    private volatile Optional<Subscription> subscription = Optional.empty();
    private final FramePace pace = new FramePace(limits, clock.instant());

    /// Of a message whose last frame has not come. Armeria would put them together too, but keeps
    /// any number of empty ones.
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

    private volatile boolean goodbye;

    /// A frame could not be dealt with: those behind it must not count, or what it said is missing
    /// for good.
    private volatile boolean failed;

    /// Whether its greeting is still to come, the first message in every protocol.
    private boolean isNew = true;

    /// The work given last; calls of the subscriber come one at a time.
    private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

    private Frames(DeviceId device, WebSocketChannel channel, Conversation conversation) {
      this.device = device;
      this.channel = channel;
      this.conversation = conversation;
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription = Optional.of(given);
      open.add(channel);
      work(conversation::opened, Duration.ZERO);
    }

    @Override
    public void onNext(WebSocketFrame frame) {
      boolean whole = frame.isFinalFragment();
      Optional<String> message = whole ? message(frame) : Optional.empty();
      boolean bulk = message.map(conversation::isBulk).orElse(false);
      boolean large = !whole && frame.length() >= LARGE_PART;
      boolean counts = !bulk && !large && frame.type() != WebSocketFrameType.CLOSE;
      if (counts && !pace.mayPass(clock.instant())) {
        frame.close();
        // And no more is asked for: what still comes stays in the network.
        channel.close(CloseCode.RATE, "too many frames");
        return;
      }
      switch (frame.type()) {
        case TEXT, CONTINUATION -> {
          if (message.isPresent()) {
            String text = message.get();
            Duration pause = bulk ? pace.pause(text.length(), clock.instant()) : Duration.ZERO;
            work(isNew ? () -> greet(text) : () -> conversation.text(text), pause);
            isNew = false;
          } else if (parts.size() + frame.length() > MAX_FRAME) {
            frame.close();
            channel.close(TOO_BIG, "at most %d bytes in a message".formatted(MAX_FRAME));
          } else {
            parts.writeBytes(frame.array());
            next();
          }
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
        case BINARY -> {
          frame.close();
          channel.close(UNSUPPORTED, "text frames only");
          next();
        }
      }
    }

    private void greet(String text) {
      try (var place = arrivals.greeting()) {
        conversation.text(text);
      }
    }

    /// The text that ends with this frame, all its parts put together.
    private Optional<String> message(WebSocketFrame frame) {
      if (frame.type() == WebSocketFrameType.TEXT) {
        return Optional.of(frame.text());
      }
      if (frame.type() != WebSocketFrameType.CONTINUATION
          || parts.size() + frame.length() > MAX_FRAME) {
        return Optional.empty();
      }
      parts.writeBytes(frame.array());
      String text = parts.toString(StandardCharsets.UTF_8);
      parts.reset();
      return Optional.of(text);
    }

    private static int code(CloseWebSocketFrame frame) {
      return frame.status() == null ? GOING_AWAY : frame.status().code();
    }

    /// @param pause how long to leave the next frame in the network
    private void work(Runnable task, Duration pause) {
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
          if (pause.isZero()) {
            next();
          } else {
            channel.later(pause.toMillis() + 1, this::next);
          }
        }
      });
    }

    /// The end of a connection may come while a frame is being dealt with, and must wait for it: a
    /// greeting would open a session that nobody closes any more.
    private void afterTheLast(Runnable task) {
      last =
          last.handleAsync(
              (done, problem) -> {
                try (var scope = LogContext.ofDevice(device)) {
                  task.run();
                  return Boolean.TRUE;
                }
              },
              threads);
    }

    private void next() {
      subscription.ifPresent(present -> present.request(1));
    }

    @Override
    public void onError(Throwable problem) {
      try (var scope = LogContext.ofDevice(device)) {
        log.debug("a device's connection broke", problem);
      }
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
