package muster.api.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.linecorp.armeria.common.HttpStatus;
import muster.fault.Fault;
import muster.http.Dialect;
import muster.http.Reply;

/// Errors under `/api`: `{"error","message","status"}` as Snippbot words them.
public final class AccountFaults implements Dialect {
  /// @param reason which conflict it was
  private record Body(
      String error,
      String message,
      int status,
      String requestId,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String reason) {}

  @Override
  public String name() {
    return "account";
  }

  @Override
  public Reply error(Fault fault, String requestId) {
    HttpStatus status = status(fault);
    Reply reply =
        Reply.json(
            status,
            new Body(
                word(status, fault),
                fault.getMessage(),
                status.code(),
                requestId,
                status.equals(HttpStatus.CONFLICT) ? fault.reason() : ""));
    String wait = fault.details().get(Fault.RETRY_AFTER_SECONDS);
    return wait == null ? reply : reply.retryAfter(wait);
  }

  private static HttpStatus status(Fault fault) {
    return switch (fault.code()) {
      case INVALID_ARGUMENT ->
          switch (fault.reason()) {
            case "payload_too_large" -> HttpStatus.REQUEST_ENTITY_TOO_LARGE;
            case "unsupported_media_type" -> HttpStatus.UNSUPPORTED_MEDIA_TYPE;
            case "request_timeout" -> HttpStatus.REQUEST_TIMEOUT;
            default -> HttpStatus.BAD_REQUEST;
          };
      case NOT_FOUND ->
          fault.reason().equals("method_not_allowed")
              ? HttpStatus.METHOD_NOT_ALLOWED
              : HttpStatus.NOT_FOUND;
      case ALREADY_EXISTS, FAILED_PRECONDITION -> HttpStatus.CONFLICT;
      case PERMISSION_DENIED -> HttpStatus.FORBIDDEN;
      case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
      case RESOURCE_EXHAUSTED -> HttpStatus.TOO_MANY_REQUESTS;
      case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
      case INTERNAL -> HttpStatus.INTERNAL_SERVER_ERROR;
    };
  }

  private static String word(HttpStatus status, Fault fault) {
    return fault.reason().equals("store_unavailable") ? fault.reason() : word(status);
  }

  private static String word(HttpStatus status) {
    return switch (status.code()) {
      case 400 -> "bad_request";
      case 401 -> "unauthorized";
      case 403 -> "forbidden";
      case 404 -> "not_found";
      case 405 -> "method_not_allowed";
      case 408 -> "request_timeout";
      case 409 -> "conflict";
      case 413 -> "payload_too_large";
      case 415 -> "unsupported_media_type";
      case 429 -> "too_many_requests";
      case 503 -> "unavailable";
      default -> "internal_error";
    };
  }
}
