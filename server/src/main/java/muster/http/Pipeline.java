package muster.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import muster.account.Credentials;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every request goes through, in order: request id, transport, credential, rate limit, body,
/// gate, handler, faults. [#serve] and [#reply] are the list. A small body is taken at once, while
/// it is not yet known who sends it.
public final class Pipeline {
  static final String REQUEST_ID_HEADER = "x-request-id";

  private static final Logger log = LoggerFactory.getLogger(Pipeline.class);
  private static final AttributeKey<String> REQUEST_ID =
      AttributeKey.valueOf(Pipeline.class, "REQUEST_ID");

  private static final AttributeKey<Boolean> RECEIVED =
      AttributeKey.valueOf(Pipeline.class, "RECEIVED");

  /// The most bytes of body that are taken from anybody.
  private static final int SMALL_BODY = 64 * 1024;

  /// For the body of a request whose answer may take as long as it likes.
  private static final Duration BODY_TIMEOUT = Duration.ofSeconds(10);

  private static final String BEARER = "Bearer";
  private static final String SOON = "1";

  private final Credentials credentials;
  private final Denials denials;
  private final RateLimits limits;
  private final Gates gates;
  private final Bypass bypass;
  private final boolean plaintextAnywhere;
  private final MeterRegistry meters;
  private final Map<Counted, Counter> counters = new ConcurrentHashMap<>();
  private volatile Consumer<InetAddress> people = address -> {};
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /// @param plaintextAnywhere whether plain HTTP is answered to other hosts than this one
  public Pipeline(
      Credentials credentials,
      Denials denials,
      Bypass bypass,
      Limits limits,
      boolean plaintextAnywhere,
      InstantSource clock,
      MeterRegistry meters) {
    this.credentials = credentials;
    this.denials = denials;
    this.bypass = bypass;
    this.limits = new RateLimits(limits, clock);
    this.gates = new Gates(limits);
    this.plaintextAnywhere = plaintextAnywhere;
    this.meters = meters;
  }

  /// Tells `listener` from where each person was let in. It must return at once.
  public void onPerson(Consumer<InetAddress> listener) {
    people = listener;
  }

  private record Counted(Route route, int status) {}

  private Counter counter(Counted key) {
    return meters.counter(
        "muster.http.requests",
        "method",
        key.route.method().name(),
        "route",
        key.route.path(),
        "status",
        Integer.toString(key.status));
  }

  /// The route as a service.
  public HttpService service(Route route) {
    return (context, request) -> serve(route, context, request);
  }

  private HttpResponse serve(Route route, ServiceRequestContext context, HttpRequest request) {
    String requestId = open(context);
    context.setMaxRequestLength(
        route.streamsBody() ? 0 : Math.max(1, route.maxBody())); // 0 means without a limit
    if (route.streamsBody()) {
      context.clearRequestTimeout();
    } else {
      context.setRequestTimeout(route.timeout().isZero() ? BODY_TIMEOUT : route.timeout());
    }
    CompletableFuture<HttpResponse> answer =
        beginning(route, request)
            .handleAsync(
                (begun, problem) -> {
                  try (var scope = LogContext.ofRequest(requestId)) {
                    return send(
                        route,
                        requestId,
                        reply(route, context, request, requestId, begun, problem));
                  }
                },
                threads);
    return HttpResponse.of(answer);
  }

  /// The request with its body, where that is small; else without it: whoever has no right is told
  /// so before anything of it is taken.
  private static CompletableFuture<AggregatedHttpRequest> beginning(
      Route route, HttpRequest request) {
    return isTakenUnseen(route)
        ? request.aggregate()
        : CompletableFuture.completedFuture(AggregatedHttpRequest.of(request.headers()));
  }

  private static boolean isTakenUnseen(Route route) {
    return !route.streamsBody() && route.maxBody() <= SMALL_BODY;
  }

  /// The whole request, from here on with as much time as its answer may take.
  private static AggregatedHttpRequest received(
      Route route,
      ServiceRequestContext context,
      HttpRequest request,
      @Nullable AggregatedHttpRequest begun,
      @Nullable Throwable problem) {
    if (route.streamsBody() && begun != null) {
      return begun;
    }
    AggregatedHttpRequest whole = begun;
    Throwable trouble = problem;
    if (!isTakenUnseen(route)) {
      try {
        whole = request.aggregate().join();
      } catch (CompletionException e) {
        trouble = e;
        whole = null;
      }
    }
    if (whole == null) {
      throw bodyFault(trouble, route);
    }
    context.setAttr(RECEIVED, true);
    if (route.timeout().isZero()) {
      context.clearRequestTimeout();
    }
    return whole;
  }

  private Reply reply(
      Route route,
      ServiceRequestContext context,
      HttpRequest request,
      String requestId,
      @Nullable AggregatedHttpRequest begun,
      @Nullable Throwable problem) {
    Caller caller = Caller.anonymous(origin(context, route.dialect().name(), requestId));
    try {
      requireSafeTransport(context);
      caller = caller(route, context, request, caller);
      requirePerson(route, caller);
      if (caller.role().isForPeople()) {
        people.accept(context.remoteAddress().getAddress());
      }
      AggregatedHttpRequest aggregated = received(route, context, request, begun, problem);
      requirePlainBody(request);
      Gates.Pass pass = gates.enter(route.kind(), caller, bypass.granted(caller, request, route));
      if (!route.streamsBody()) {
        return handled(route, new Call(context, aggregated, caller, limits), pass);
      }
      try (BodyReader body = new BodyReader(context, request)) {
        return handled(route, new Call(context, aggregated, body, caller, limits), pass);
      }
    } catch (Exception e) {
      denials.record(caller, route, context.path(), e);
      return failed(route, requestId, e);
    }
  }

  /// Gives the pass back when the answer is complete, which for a stream is when it has ended.
  private static Reply handled(Route route, Call call, Gates.Pass pass) throws Exception {
    boolean goesOn = false;
    try {
      Reply reply = route.handler().handle(call);
      goesOn = reply.streamer().isPresent();
      return goesOn ? reply.thenClose(pass) : reply;
    } finally {
      if (!goesOn) {
        pass.close();
      }
    }
  }

  /// What is packed would have to be unpacked before its size is known, and nothing here is large.
  private static void requirePlainBody(HttpRequest request) {
    String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING, "identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      Fault fault = Fault.invalid("Content-Encoding", encoding, "none, bodies are taken unpacked");
      throw new Fault(
          fault.code(), fault.getMessage(), Map.of(Fault.REASON, "unsupported_media_type"));
    }
  }

  /// Begins a request: its id, and how its address stands with the limits.
  public String open(ServiceRequestContext context) {
    String requestId = begin(context);
    limits.show(context);
    return requestId;
  }

  /// How often who may ask.
  public RateLimits limits() {
    return limits;
  }

  /// Whether the request's body has come to its end.
  static boolean isReceived(ServiceRequestContext context) {
    return Boolean.TRUE.equals(context.attr(RECEIVED));
  }

  /// Gives the request its id, unless it has one, and says it in the answer.
  public static String begin(ServiceRequestContext context) {
    String known = context.attr(REQUEST_ID);
    if (known != null) {
      return known;
    }
    SilentConnections.spoke(context);
    String requestId = RequestIds.next();
    context.setAttr(REQUEST_ID, requestId);
    context.setAdditionalResponseHeader(REQUEST_ID_HEADER, requestId);
    return requestId;
  }

  /// Plain HTTP from another host is refused: what it carries can be read and changed on the way.
  public void requireSafeTransport(ServiceRequestContext context) {
    if (plaintextAnywhere
        || context.sessionProtocol().isTls()
        || context.remoteAddress().getAddress().isLoopbackAddress()) {
      return;
    }
    throw new Fault(
        FaultCode.PERMISSION_DENIED,
        "plain HTTP is answered on this machine only; use https:// (or set server.plaintext)",
        Map.of(Fault.REASON, "plaintext_refused"));
  }

  private Caller caller(
      Route route, ServiceRequestContext context, HttpRequest request, Caller anonymous) {
    if (route.open()) {
      if (route.kind() != Route.Kind.HEALTH && route.kind() != Route.Kind.ENROL) {
        limits.countStranger(context);
      }
      return anonymous;
    }
    Caller caller =
        authenticated(
            context,
            bearer(request),
            route.audience() == Route.Audience.DEVICES
                ? "authentication required: a device's token"
                : "authentication required: Authorization: Bearer …",
            token -> known(route, credentials.authenticate(token, anonymous.origin())));
    if (route.audience() == Route.Audience.DEVICES) {
      limits.uncounted(context);
    } else {
      limits.countKnown(context, caller);
    }
    return caller;
  }

  /// To a device's route, whatever is no device's token is none.
  private static Caller known(Route route, Caller caller) {
    if (route.audience() == Route.Audience.DEVICES && caller.kind() != Caller.Kind.DEVICE) {
      throw Fault.unauthenticated("not a device's token");
    }
    return caller;
  }

  private static void requirePerson(Route route, Caller caller) {
    if (route.audience() == Route.Audience.PEOPLE && !caller.role().isForPeople()) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED, "a device's token is good on device routes only");
    }
  }

  /// Whoever the token is for, by `check`. What is none counts against its address: as a stranger's
  /// request, and as a guess.
  ///
  /// @param missing the message when there is no token
  public <T> T authenticated(
      ServiceRequestContext context,
      Optional<String> token,
      String missing,
      Function<String, T> check) {
    if (token.isEmpty()) {
      limits.countStranger(context);
      throw Fault.unauthenticated(missing);
    }
    limits.refuseGuesses(context.clientAddress(), () -> credentials.isRemembered(token.get()));
    try {
      return check.apply(token.get());
    } catch (Fault fault) {
      if (fault.code() == FaultCode.UNAUTHENTICATED) {
        limits.guessed(context.clientAddress());
        limits.countStranger(context);
      }
      throw fault;
    }
  }

  public static Origin origin(ServiceRequestContext context, String surface, String requestId) {
    return new Origin(surface, context.clientAddress().getHostAddress(), requestId);
  }

  /// The token of `Authorization: Bearer`, the scheme in any case.
  public static Optional<String> bearer(HttpRequest request) {
    String header = request.headers().get(HttpHeaderNames.AUTHORIZATION);
    if (header == null) {
      return Optional.empty();
    }
    String text = header.strip();
    boolean isBearer =
        text.regionMatches(true, 0, BEARER, 0, BEARER.length())
            && text.length() > BEARER.length()
            && Character.isWhitespace(text.charAt(BEARER.length()));
    return isBearer ? Optional.of(text.substring(BEARER.length()).strip()) : Optional.empty();
  }

  private static RuntimeException bodyFault(@Nullable Throwable problem, Route route) {
    Throwable cause =
        problem instanceof CompletionException && problem.getCause() != null
            ? problem.getCause()
            : problem;
    if (cause instanceof ContentTooLargeException) {
      return new Fault(
          FaultCode.INVALID_ARGUMENT,
          "body: too large (expected: at most %d bytes)".formatted(route.maxBody()),
          Map.of(Fault.REASON, "payload_too_large"));
    }
    return new Fault(FaultCode.INVALID_ARGUMENT, "body: not received completely");
  }

  private Reply failed(Route route, String requestId, Exception problem) {
    if (problem instanceof Fault fault && fault.code() != FaultCode.INTERNAL) {
      countRejected(fault);
      return route.dialect().error(fault, requestId);
    }
    log.error("{} {} failed, request {}", route.method(), route.path(), requestId, problem);
    return route.dialect().error(new Fault(FaultCode.INTERNAL, "internal error"), requestId);
  }

  /// Counts what somebody may ask again later, by the limit or the trouble that is in the way.
  private void countRejected(Fault fault) {
    if (fault.code() == FaultCode.RESOURCE_EXHAUSTED || fault.code() == FaultCode.UNAVAILABLE) {
      String reason = fault.reason().isEmpty() ? "unavailable" : fault.reason();
      meters.counter("muster.http.rejected", "reason", reason).increment();
    }
  }

  /// A fault as its dialect words it.
  public HttpResponse send(Dialect dialect, String requestId, Fault fault) {
    countRejected(fault);
    Reply reply = dialect.error(fault, requestId);
    return HttpResponse.of(headers(reply), HttpData.wrap(reply.body()));
  }

  private HttpResponse send(Route route, String requestId, Reply reply) {
    counters.computeIfAbsent(new Counted(route, reply.status().code()), this::counter).increment();
    ResponseHeaders headers = headers(reply);
    if (reply.streamer().isEmpty()) {
      return reply.body().length == 0
          ? HttpResponse.of(headers)
          : HttpResponse.of(headers, HttpData.wrap(reply.body()));
    }
    HttpResponseWriter out = HttpResponse.streaming();
    out.write(headers);
    threads.execute(
        LogContext.carried(() -> stream(route, requestId, reply.streamer().get(), out)));
    return out;
  }

  private static void stream(
      Route route, String requestId, Reply.Streamer streamer, HttpResponseWriter out) {
    try {
      streamer.write(new BodyWriter(out));
      out.close();
    } catch (ClosedStreamException e) {
      out.close();
    } catch (Fault e) {
      // The status is out already: the client sees a broken body instead of a false end.
      log.info(
          "{} {} cut, request {}: {}", route.method(), route.path(), requestId, e.getMessage());
      out.abort();
    } catch (Exception e) {
      log.warn("{} {} broke off, request {}", route.method(), route.path(), requestId, e);
      out.close(e);
    }
  }

  private static ResponseHeaders headers(Reply reply) {
    ResponseHeadersBuilder headers = ResponseHeaders.builder(reply.status());
    if (reply.body().length > 0 || reply.streamer().isPresent()) {
      headers.contentType(reply.type());
    }
    headers.add(HttpHeaderNames.CACHE_CONTROL, "no-store");
    headers.add(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff");
    if (reply.status().equals(HttpStatus.UNAUTHORIZED)) {
      headers.add(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    reply.headers().forEach(headers::set);
    if (isTemporary(reply.status()) && !headers.contains(HttpHeaderNames.RETRY_AFTER)) {
      headers.add(HttpHeaderNames.RETRY_AFTER, SOON);
    }
    return headers.build();
  }

  static boolean isTemporary(HttpStatus status) {
    return status.equals(HttpStatus.SERVICE_UNAVAILABLE)
        || status.equals(HttpStatus.TOO_MANY_REQUESTS);
  }

  public ExecutorService threads() {
    return threads;
  }
}
