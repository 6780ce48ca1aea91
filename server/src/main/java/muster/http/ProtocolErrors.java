package muster.http;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.jspecify.annotations.Nullable;

/// Errors that arise below the pipeline (a request line too long, a request that took too long), in
/// the form of the dialect whose path it was.
public final class ProtocolErrors implements ServerErrorHandler {
  private final Function<String, Dialect> dialectOfPath;

  public ProtocolErrors(Function<String, Dialect> dialectOfPath) {
    this.dialectOfPath = dialectOfPath;
  }

  @Override
  public HttpResponse onServiceException(ServiceRequestContext context, Throwable cause) {
    if (cause instanceof RequestTimeoutException && !context.sessionProtocol().isMultiplex()) {
      // Or a client that sends its body a byte at a time holds the connection for ever.
      context.initiateConnectionShutdown();
    }
    HttpStatus status =
        switch (cause) {
          case HttpStatusException known -> known.httpStatus();
          case RequestTimeoutException late ->
              Bodies.isReceived(context)
                  ? HttpStatus.SERVICE_UNAVAILABLE
                  : HttpStatus.REQUEST_TIMEOUT;
          default -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
    return answer(context.path(), status, Pipeline.begin(context)).toHttpResponse();
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext context,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    return answer(
        headers == null ? "/" : headers.path(),
        status,
        context == null ? RequestIds.next() : Pipeline.begin(context));
  }

  private AggregatedHttpResponse answer(String path, HttpStatus status, String requestId) {
    Reply reply = dialectOfPath.apply(path).error(fault(status), requestId);
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(status)
            .contentType(MediaType.JSON_UTF_8)
            .set(Pipeline.REQUEST_ID_HEADER, requestId);
    if (Answers.isTemporary(status)) {
      headers.set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    return AggregatedHttpResponse.of(headers.build(), HttpData.wrap(reply.body()));
  }

  private static Fault fault(HttpStatus status) {
    return switch (status.code()) {
      case 404 -> new Fault(FaultCode.NOT_FOUND, "no such path");
      case 405 ->
          new Fault(
              FaultCode.NOT_FOUND,
              "this method is not allowed here",
              Map.of(Fault.REASON, "method_not_allowed"));
      case 413 ->
          new Fault(
              FaultCode.INVALID_ARGUMENT,
              "body: too large",
              Map.of(Fault.REASON, "payload_too_large"));
      // Of these Armeria tells neither path nor dialect.
      case 400 ->
          new Fault(
              FaultCode.INVALID_ARGUMENT,
              "malformed request (expected: HTTP, a path without .. and control characters)");
      case 414 -> new Fault(FaultCode.INVALID_ARGUMENT, "path and query: too long");
      case 431 -> new Fault(FaultCode.INVALID_ARGUMENT, "headers: too long");
      case 408 ->
          new Fault(
              FaultCode.INVALID_ARGUMENT,
              "the request did not come to its end in time",
              Map.of(Fault.REASON, "request_timeout"));
      case 503 ->
          new Fault(FaultCode.UNAVAILABLE, "the request took too long or the server is stopping");
      default ->
          status.isClientError()
              ? new Fault(
                  FaultCode.INVALID_ARGUMENT, status.reasonPhrase().toLowerCase(Locale.ROOT))
              : new Fault(FaultCode.INTERNAL, "internal error");
    };
  }
}
