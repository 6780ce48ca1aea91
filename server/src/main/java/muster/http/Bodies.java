package muster.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AttributeKey;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// How the bodies of requests are taken: when, how much of them, and within which time.
final class Bodies {
  private static final AttributeKey<Boolean> RECEIVED =
      AttributeKey.valueOf(Bodies.class, "RECEIVED");

  /// The most bytes of body that are taken from anybody.
  private static final int SMALL_BODY = 64 * 1024;

  /// For the body of a request whose answer may take as long as it likes.
  private static final Duration BODY_TIMEOUT = Duration.ofSeconds(10);

  private Bodies() {}

  static void limit(Route route, ServiceRequestContext context) {
    context.setMaxRequestLength(
        route.streamsBody() ? 0 : Math.max(1, route.maxBody())); // 0 means without a limit
    if (route.streamsBody()) {
      context.clearRequestTimeout();
    } else {
      // From the start, which may be a moment ahead: Armeria takes what has passed until then off
      // a time from now, even off none at all, and a stream would have a limit again.
      context.setRequestTimeout(
          TimeoutMode.SET_FROM_START, route.timeout().isZero() ? BODY_TIMEOUT : route.timeout());
    }
  }

  /// The request with its body, where that is small; else without it: whoever has no right is told
  /// so before anything of it is taken.
  static CompletableFuture<AggregatedHttpRequest> beginning(Route route, HttpRequest request) {
    return isTakenUnseen(route)
        ? request.aggregate()
        : CompletableFuture.completedFuture(AggregatedHttpRequest.of(request.headers()));
  }

  private static boolean isTakenUnseen(Route route) {
    return !route.streamsBody() && route.maxBody() <= SMALL_BODY;
  }

  /// The whole request, but for a body that the handler reads; from here on with as much time as
  /// its answer may take.
  ///
  /// @param begun what [#beginning] gave
  static AggregatedHttpRequest received(
      Route route,
      ServiceRequestContext context,
      HttpRequest request,
      CompletableFuture<AggregatedHttpRequest> begun) {
    requirePlainBody(request);
    boolean isHere = route.streamsBody() || isTakenUnseen(route);
    try {
      AggregatedHttpRequest whole = (isHere ? begun : request.aggregate()).join();
      context.setAttr(RECEIVED, !route.streamsBody());
      if (route.timeout().isZero()) {
        context.clearRequestTimeout();
      }
      return whole;
    } catch (CompletionException e) {
      throw bodyFault(e, route);
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

  private static RuntimeException bodyFault(CompletionException problem, Route route) {
    if (problem.getCause() instanceof ContentTooLargeException) {
      return new Fault(
          FaultCode.INVALID_ARGUMENT,
          "body: too large (expected: at most %d bytes)".formatted(route.maxBody()),
          Map.of(Fault.REASON, "payload_too_large"));
    }
    return new Fault(FaultCode.INVALID_ARGUMENT, "body: not received completely");
  }

  /// Whether the request's body has come to its end.
  static boolean isReceived(ServiceRequestContext context) {
    return Boolean.TRUE.equals(context.attr(RECEIVED));
  }
}
