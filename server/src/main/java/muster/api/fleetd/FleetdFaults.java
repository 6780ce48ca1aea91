package muster.api.fleetd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.DebugInfo;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.HttpStatus;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.auth.Caller;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Dialect;
import muster.http.Reply;

/// Faults as fleetd's page words them (F073–F082), and as the standard does: a `google.rpc.Status`
/// whose details are an ErrorInfo with the page's keys, and a RetryInfo where waiting helps.
public final class FleetdFaults implements Dialect {
  private static final String DOMAIN = "muster";
  private static final String REQUEST = "request_id";
  private static final String USER = "user_id";
  private static final String SOON = "1";

  /// @param code in capitals, as the page has it
  /// @param details what is known of `request_id`, `user_id`, `permission`, `field` and `reason`
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Body(String code, String message, Map<String, String> details) {}

  @Override
  public String name() {
    return "fleetd";
  }

  /// For what comes to no method.
  @Override
  public Reply error(Fault fault, String requestId) {
    io.grpc.Status.Code code = code(fault);
    HttpStatus status =
        switch (fault.reason()) {
          case "method_not_allowed" -> HttpStatus.METHOD_NOT_ALLOWED;
          case "payload_too_large" -> HttpStatus.REQUEST_ENTITY_TOO_LARGE;
          case "request_timeout" -> HttpStatus.REQUEST_TIMEOUT;
          case "unimplemented" -> HttpStatus.NOT_FOUND;
          default -> HttpStatus.valueOf(httpStatus(code));
        };
    Map<String, String> details = details(fault);
    details.put(REQUEST, requestId);
    Reply reply =
        Reply.json(status, new Body(code.name(), String.valueOf(fault.getMessage()), details));
    return retryAfter(fault).map(reply::retryAfter).orElse(reply);
  }

  /// For what is told in the middle of something.
  static Body body(Fault fault) {
    return new Body(code(fault).name(), String.valueOf(fault.getMessage()), details(fault));
  }

  /// The status that the page gives a code; where it is silent, Connect's.
  static int httpStatus(io.grpc.Status.Code code) {
    return switch (code) {
      case OK -> 200;
      case INVALID_ARGUMENT, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case FAILED_PRECONDITION -> 412;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> 499;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
    };
  }

  /// The fault as a call ends with it.
  ///
  /// @param debug what only those may see who may debug the server; empty for others
  static StatusRuntimeException status(Fault fault, Caller caller, List<String> debug) {
    Map<String, String> details = details(fault);
    details.put(REQUEST, caller.origin().requestId());
    if (!caller.id().isEmpty()) {
      details.put(USER, caller.id());
    }
    String reason = fault.reason().isEmpty() ? code(fault).name() : fault.reason();
    Status.Builder status =
        Status.newBuilder()
            .setCode(code(fault).value())
            .setMessage(String.valueOf(fault.getMessage()))
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setReason(reason.toUpperCase(Locale.ROOT))
                        .setDomain(DOMAIN)
                        .putAllMetadata(details)
                        .build()))
            .addDetails(
                Any.pack(
                    RequestInfo.newBuilder().setRequestId(caller.origin().requestId()).build()));
    retryAfter(fault)
        .ifPresent(seconds ->
            status.addDetails(
                Any.pack(
                    RetryInfo.newBuilder()
                        .setRetryDelay(Duration.newBuilder().setSeconds(Long.parseLong(seconds)))
                        .build())));
    if (!debug.isEmpty()) {
      status.addDetails(
          Any.pack(DebugInfo.newBuilder().setDetail(String.join("\n", debug)).build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /// In how many seconds to try again, where that makes sense (F079, F081).
  static Optional<String> retryAfter(Fault fault) {
    boolean passes =
        fault.code() == FaultCode.RESOURCE_EXHAUSTED || fault.code() == FaultCode.UNAVAILABLE;
    return Optional.ofNullable(fault.details().get(Fault.RETRY_AFTER_SECONDS))
        .or(() -> passes ? Optional.of(SOON) : Optional.empty());
  }

  private static Map<String, String> details(Fault fault) {
    Map<String, String> details = new TreeMap<>(fault.details());
    details.remove(Fault.RETRY_AFTER_SECONDS);
    return details;
  }

  private static io.grpc.Status.Code code(Fault fault) {
    // F075, F122: no such method is another thing than no such device.
    if (fault.reason().equals("unimplemented") || fault.reason().equals("method_not_allowed")) {
      return io.grpc.Status.Code.UNIMPLEMENTED;
    }
    FaultCode code = fault.code();
    return switch (code) {
      case INVALID_ARGUMENT -> io.grpc.Status.Code.INVALID_ARGUMENT;
      case NOT_FOUND -> io.grpc.Status.Code.NOT_FOUND;
      case ALREADY_EXISTS -> io.grpc.Status.Code.ALREADY_EXISTS;
      case PERMISSION_DENIED -> io.grpc.Status.Code.PERMISSION_DENIED;
      case UNAUTHENTICATED -> io.grpc.Status.Code.UNAUTHENTICATED;
      case RESOURCE_EXHAUSTED -> io.grpc.Status.Code.RESOURCE_EXHAUSTED;
      case FAILED_PRECONDITION -> io.grpc.Status.Code.FAILED_PRECONDITION;
      case UNAVAILABLE -> io.grpc.Status.Code.UNAVAILABLE;
      case INTERNAL -> io.grpc.Status.Code.INTERNAL;
    };
  }
}
