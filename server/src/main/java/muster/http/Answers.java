package muster.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How answers leave: counted, with the headers that all have, and streams on threads of their own.
final class Answers {
  private static final Logger log = LoggerFactory.getLogger(Answers.class);
  private static final String SOON = "1";

  private final MeterRegistry meters;
  private final Executor threads;
  private final Map<Counted, Counter> counters = new ConcurrentHashMap<>();

  Answers(MeterRegistry meters, Executor threads) {
    this.meters = meters;
    this.threads = threads;
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

  /// Counts what somebody may ask again later, by the limit or the trouble that is in the way.
  private void countRejected(Fault fault) {
    if (fault.code() == FaultCode.RESOURCE_EXHAUSTED || fault.code() == FaultCode.UNAVAILABLE) {
      String reason = fault.reason().isEmpty() ? "unavailable" : fault.reason();
      meters.counter("muster.http.rejected", "reason", reason).increment();
    }
  }

  /// A fault as its dialect words it.
  Reply refusal(Dialect dialect, String requestId, Fault fault) {
    countRejected(fault);
    return dialect.error(fault, requestId);
  }

  HttpResponse send(Reply reply) {
    return reply.body().length == 0
        ? HttpResponse.of(headers(reply))
        : HttpResponse.of(headers(reply), HttpData.wrap(reply.body()));
  }

  HttpResponse send(Route route, String requestId, Reply reply) {
    counters.computeIfAbsent(new Counted(route, reply.status().code()), this::counter).increment();
    if (reply.streamer().isEmpty()) {
      return send(reply);
    }
    HttpResponseWriter out = HttpResponse.streaming();
    out.write(headers(reply));
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
}
