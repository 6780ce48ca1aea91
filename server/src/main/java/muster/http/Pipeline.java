package muster.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import muster.account.Credentials;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.fault.Fault;
import muster.fault.FaultCode;
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

  private static final String BEARER = "Bearer";
  private static final String API_KEY = "x-api-key";

  private final Credentials credentials;
  private final Denials denials;
  private final RateLimits limits;
  private final Gates gates;
  private final Bypass bypass;
  private final boolean plaintextAnywhere;
  private final Answers answers;
  private volatile boolean stopping;
  private volatile Consumer<InetAddress> people = address -> {};
  private final Underway underway = new Underway();
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
    this.answers = new Answers(meters, threads);
  }

  /// Tells `listener` from where each person was let in. It must return at once.
  public void onPerson(Consumer<InetAddress> listener) {
    people = listener;
  }

  /// The route as a service.
  public HttpService service(Route route) {
    return (context, request) -> serve(route, context, request);
  }

  private HttpResponse serve(Route route, ServiceRequestContext context, HttpRequest request) {
    String requestId = open(context);
    Bodies.limit(route, context);
    CompletableFuture<AggregatedHttpRequest> begun = Bodies.beginning(route, request);
    CompletableFuture<HttpResponse> answer =
        begun.handleAsync(
            (body, problem) -> {
              try (var scope = LogContext.ofRequest(requestId)) {
                Reply reply = reply(route, context, request, requestId, begun);
                return answers.send(route, requestId, reply);
              }
            },
            threads);
    return HttpResponse.of(answer);
  }

  private Reply reply(
      Route route,
      ServiceRequestContext context,
      HttpRequest request,
      String requestId,
      CompletableFuture<AggregatedHttpRequest> begun) {
    Caller caller = Caller.anonymous(origin(context, route.dialect().name(), requestId));
    try {
      admit(context);
      caller = caller(route, context, request, caller);
      requirePerson(route, caller);
      if (caller.role().isForPeople()) {
        people.accept(context.remoteAddress().getAddress());
      }
      AggregatedHttpRequest aggregated = Bodies.received(route, context, request, begun);
      Pass pass = gates.enter(route.kind(), caller, bypass.granted(caller, request, route));
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

  /// A request that may be dealt with.
  ///
  /// @param pass to be closed when it is
  public record Entered(Caller caller, Pass pass) {}

  /// Held while a request is dealt with; closing it twice is a mistake.
  public interface Pass extends AutoCloseable {
    @Override
    void close();
  }

  /// What a request must pass that something else than a handler answers; the id it has been given
  /// by [#open].
  ///
  /// @throws Fault when it is not let in, which is on record where it belongs there
  public Entered enter(
      Route route, ServiceRequestContext context, HttpRequest request, String requestId) {
    Caller anonymous = Caller.anonymous(origin(context, route.dialect().name(), requestId));
    Caller caller = anonymous;
    try {
      admit(context);
      caller = caller(route, context, request, anonymous);
      requirePerson(route, caller);
      if (caller.role().isForPeople()) {
        people.accept(context.remoteAddress().getAddress());
      }
      return new Entered(
          caller, gates.enter(route.kind(), caller, bypass.granted(caller, request, route)));
    } catch (Fault refusal) {
      denied(route, context, caller, refusal);
      throw refusal;
    }
  }

  /// Puts on record that somebody who was let in was denied something.
  public void denied(Route route, ServiceRequestContext context, Caller caller, Fault fault) {
    denials.record(caller, route, context.path(), fault);
  }

  /// Gives the pass back when the answer is complete, which for a stream is when it has ended.
  private static Reply handled(Route route, Call call, Pass pass) throws Exception {
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

  /// Begins a request: its id, and how its address stands with the limits.
  public String open(ServiceRequestContext context) {
    String requestId = begin(context);
    underway.begin(context);
    limits.show(context);
    return requestId;
  }

  /// How often who may ask.
  public RateLimits limits() {
    return limits;
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

  /// Refuses whatever comes from now on; what is under way goes on.
  public void stop() {
    stopping = true;
  }

  /// Waits for what is under way, but not longer than it may take.
  public void awaitAnswers(Duration longest) {
    try {
      if (!underway.awaitNone(longest)) {
        log.warn("some requests were not answered within {} s: cut off", longest.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// What every request must pass before it is looked at.
  ///
  /// @throws Fault UNAVAILABLE when the server stops, PERMISSION_DENIED when others could listen
  public void admit(ServiceRequestContext context) {
    if (stopping) {
      throw new Fault(FaultCode.UNAVAILABLE, "the server stops");
    }
    requireSafeTransport(context);
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
            counted(context, () -> Presented.of(context, credential(route, context, request))),
            anonymous.origin(),
            route.audience() == Route.Audience.DEVICES
                ? "authentication required: a device's token or certificate"
                : "authentication required: Authorization: Bearer …",
            found -> known(route, found));
    if (route.audience() == Route.Audience.DEVICES) {
      limits.uncounted(context);
    } else {
      limits.countKnown(context, caller);
    }
    return caller;
  }

  /// What `look` finds; where it refuses, the request is a stranger's.
  private <T> T counted(ServiceRequestContext context, Supplier<T> look) {
    try {
      return look.get();
    } catch (Fault refusal) {
      limits.countStranger(context);
      throw refusal;
    }
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

  /// Whoever showed that, as `check` takes them. What is no good counts against its address: as a
  /// stranger's request, and as a guess.
  ///
  /// @param missing the message when nothing is shown
  public <T> T authenticated(
      ServiceRequestContext context,
      Presented shown,
      Origin origin,
      String missing,
      Function<Caller, T> check) {
    return proved(context, shown, missing, () -> check.apply(shown.caller(credentials, origin)));
  }

  /// As above, of what need not be a credential but something else that is secret.
  public <T> T authenticated(
      ServiceRequestContext context,
      Optional<String> secret,
      String missing,
      Function<String, T> check) {
    return proved(
        context, Presented.token(secret), missing, () -> check.apply(secret.orElseThrow()));
  }

  private <T> T proved(
      ServiceRequestContext context, Presented shown, String missing, Supplier<T> check) {
    if (shown.isNothing()) {
      limits.countStranger(context);
      throw Fault.unauthenticated(missing);
    }
    limits.refuseGuesses(context.clientAddress(), () -> shown.isRemembered(credentials));
    try {
      return check.get();
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

  /// The headers win over what stands elsewhere.
  private static Optional<String> credential(
      Route route, ServiceRequestContext context, HttpRequest request) {
    return shown(request)
        .or(() ->
            Optional.ofNullable(
                switch (route.place()) {
                  case NOWHERE -> null;
                  case AGENT_KEY -> request.headers().get("x-agent-key");
                  case TOKEN_PARAMETER -> context.queryParam("token");
                  case KEY_PARAMETER -> context.queryParam("key");
                }));
  }

  /// The credential of `Authorization: Bearer` or `X-API-Key` (F072).
  ///
  /// @throws Fault UNAUTHENTICATED when both are there and differ
  public static Optional<String> shown(HttpRequest request) {
    Optional<String> bearer = bearer(request);
    Optional<String> key = Optional.ofNullable(request.headers().get(API_KEY)).map(String::strip);
    if (bearer.isPresent() && key.isPresent() && !bearer.equals(key)) {
      throw Fault.unauthenticated("two credentials, Authorization and X-API-Key (expected: one)");
    }
    return bearer.or(() -> key);
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

  private Reply failed(Route route, String requestId, Exception problem) {
    if (problem instanceof Fault fault && fault.code() != FaultCode.INTERNAL) {
      return answers.refusal(route.dialect(), requestId, fault);
    }
    log.error("{} {} failed, request {}", route.method(), route.path(), requestId, problem);
    return route.dialect().error(new Fault(FaultCode.INTERNAL, "internal error"), requestId);
  }

  /// A fault as its dialect words it.
  public HttpResponse send(Dialect dialect, String requestId, Fault fault) {
    return answers.send(answers.refusal(dialect, requestId, fault));
  }

  public ExecutorService threads() {
    return threads;
  }
}
