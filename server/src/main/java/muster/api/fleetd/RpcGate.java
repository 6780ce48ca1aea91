package muster.api.fleetd;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.auth.Caller;
import muster.auth.Token;
import muster.connect.ConnectAttributes;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.fleetd.v1.DeviceServiceGrpc;
import muster.http.Debugging;
import muster.http.Pipeline;
import muster.http.Route;
import muster.work.Trace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every call goes through before its method sees it, as a request goes through the
/// [Pipeline]: request id, transport, credential, rate limit, gate. What a method throws is worded
/// here.
public final class RpcGate implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(RpcGate.class);

  private static final Duration LONGEST = Duration.ofSeconds(60);

  /// Within which time a piece of a file must have come, or have been taken: who has stopped is cut
  /// off then, and what it holds is let go.
  private static final Duration PIECE = Duration.ofMinutes(2);

  private final Pipeline pipeline;
  private final RpcRoutes routes;
  private final Debugging debugging;

  public RpcGate(Pipeline pipeline, RpcRoutes routes, Debugging debugging) {
    this.pipeline = pipeline;
    this.routes = routes;
    this.debugging = debugging;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServiceRequestContext context = context(call);
    HttpRequest request = context.request();
    Route route = routes.of(call.getMethodDescriptor());
    String requestId = pipeline.open(context);
    if (call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY || route.open()) {
      // A stream of somebody known may last; nothing else may be held open.
      context.setRequestTimeout(TimeoutMode.SET_FROM_START, LONGEST);
    }
    Optional<String> token;
    Pipeline.Entered entered;
    try {
      token = enrollment(call, request);
      entered =
          pipeline.enter(token.isPresent() ? openly(route) : route, context, request, requestId);
    } catch (Fault refusal) {
      Caller nobody = Caller.anonymous(Pipeline.origin(context, route.dialect().name(), requestId));
      end(call, worded(context, refusal, nobody, List.of()));
      return new ServerCall.Listener<>() {};
    }
    Optional<Trace> trace = debugging.begin(entered.caller(), request, route);
    Passing<Q, A> passing =
        new Passing<>(
            call,
            entered.pass(),
            () -> trace.ifPresent(of -> Debugging.tell(context, of)),
            () -> {
              if (route.kind() == Route.Kind.TRANSFER) {
                context.setRequestTimeout(TimeoutMode.SET_FROM_NOW, PIECE);
              }
            });
    passing.moved();
    Faults faults = new Faults(route, context, entered.caller(), trace);
    try {
      if (route.audience() == Route.Audience.DEVICES || token.isPresent()) {
        pipeline.limits().countDevice(context, name(entered.caller(), token));
      }
      Context within =
          Context.current()
              .withValues(Callers.CALLER, entered.caller(), Callers.ENROLLMENT, token.orElse(""));
      return new Guarded<>(Contexts.interceptCall(within, passing, headers, next), passing, faults);
    } catch (RuntimeException e) {
      end(passing, faults.status(e));
      return new ServerCall.Listener<>() {};
    }
  }

  private static ServiceRequestContext context(ServerCall<?, ?> call) {
    ServiceRequestContext context = call.getAttributes().get(ConnectAttributes.CONTEXT);
    if (context == null) {
      throw new IllegalStateException("a call without a request");
    }
    return context;
  }

  /// A machine that registers with an enrolment token shows it where others show their credential.
  private static Optional<String> enrollment(ServerCall<?, ?> call, HttpRequest request) {
    boolean registers =
        call.getMethodDescriptor()
            .getFullMethodName()
            .equals(DeviceServiceGrpc.getRegisterDeviceMethod().getFullMethodName());
    return (registers ? Pipeline.shown(request) : Optional.<String>empty())
        .filter(
            text -> Token.parse(text).filter(of -> of.kind() == Token.Kind.ENROLLMENT).isPresent());
  }

  private static Route openly(Route route) {
    return Route.rpc(
        route.method(), route.path(), Route.Audience.ANYBODY, Route.Kind.ENROL, route.dialect());
  }

  private static String name(Caller caller, Optional<String> token) {
    return token.flatMap(Token::parse).map(Token::id).orElse(caller.id());
  }

  /// As the call ends with it; the header is for an answer that has not begun.
  private static StatusRuntimeException worded(
      ServiceRequestContext context, Fault fault, Caller caller, List<String> debug) {
    FleetdFaults.retryAfter(fault)
        .ifPresent(
            seconds -> context.setAdditionalResponseHeader(HttpHeaderNames.RETRY_AFTER, seconds));
    return FleetdFaults.status(fault, caller, debug);
  }

  private static void end(ServerCall<?, ?> call, StatusRuntimeException status) {
    Metadata trailers = status.getTrailers();
    call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  /// What goes wrong in a call of somebody who was let in.
  private final class Faults {
    private final Route route;
    private final ServiceRequestContext context;
    private final Caller caller;
    private final Optional<Trace> trace;

    Faults(Route route, ServiceRequestContext context, Caller caller, Optional<Trace> trace) {
      this.route = route;
      this.context = context;
      this.caller = caller;
      this.trace = trace;
    }

    StatusRuntimeException status(RuntimeException problem) {
      if (problem instanceof StatusRuntimeException status) {
        return status;
      }
      List<String> debug = trace.map(of -> Debugging.lines(of, problem)).orElse(List.of());
      if (problem instanceof Fault fault && fault.code() != FaultCode.INTERNAL) {
        pipeline.denied(route, context, caller, fault);
        return worded(context, fault, caller, debug);
      }
      log.error("{} failed, request {}", route.path(), caller.origin().requestId(), problem);
      return FleetdFaults.status(new Fault(FaultCode.INTERNAL, "internal error"), caller, debug);
    }

    void step(String what, Runnable work) {
      if (trace.isEmpty()) {
        work.run();
        return;
      }
      trace
          .get()
          .step(
              what,
              () -> {
                work.run();
                return what;
              });
    }
  }

  /// Gives the pass back once, when the call has ended either way.
  private static final class Passing<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final Pipeline.Pass pass;
    private final Runnable beforeHeaders;
    private final Runnable onMove;
    private final AtomicBoolean ended = new AtomicBoolean();

    Passing(ServerCall<Q, A> call, Pipeline.Pass pass, Runnable beforeHeaders, Runnable onMove) {
      super(call);
      this.pass = pass;
      this.beforeHeaders = beforeHeaders;
      this.onMove = onMove;
    }

    /// Something came or goes.
    void moved() {
      onMove.run();
    }

    @Override
    public void sendMessage(A message) {
      moved();
      super.sendMessage(message);
    }

    @Override
    public void sendHeaders(Metadata headers) {
      beforeHeaders.run();
      super.sendHeaders(headers);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      over();
      beforeHeaders.run(); // of an answer that has none yet
      super.close(status, trailers);
    }

    void over() {
      if (ended.compareAndSet(false, true)) {
        pass.close();
      }
    }

    boolean isOver() {
      return ended.get();
    }
  }

  /// Catches what methods throw.
  private static final class Guarded<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Passing<Q, ?> call;
    private final Faults faults;

    Guarded(ServerCall.Listener<Q> listener, Passing<Q, ?> call, Faults faults) {
      super(listener);
      this.call = call;
      this.faults = faults;
    }

    private void guarded(Runnable step) {
      try {
        faults.step("method", step);
      } catch (RuntimeException e) {
        if (!call.isOver()) {
          end(call, faults.status(e));
        }
      }
    }

    @Override
    public void onMessage(Q message) {
      call.moved();
      guarded(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      if (!call.getMethodDescriptor().getType().serverSendsOneMessage()) {
        // Who watches wants to know that it is let in, also when nothing happens.
        call.sendHeaders(new Metadata());
      }
      guarded(super::onHalfClose);
    }

    @Override
    public void onReady() {
      guarded(super::onReady);
    }

    @Override
    public void onCancel() {
      call.over();
      guarded(super::onCancel);
    }
  }
}
