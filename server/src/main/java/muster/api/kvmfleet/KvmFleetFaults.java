package muster.api.kvmfleet;

import com.linecorp.armeria.common.HttpStatus;
import java.util.Map;
import muster.fault.Fault;
import muster.http.Dialect;
import muster.http.Reply;

/// Errors under `/v1`. The page shows none; its product answers `{"detail": …}` (F002), to which we
/// add a code for programs and the request's id.
public final class KvmFleetFaults implements Dialect {
  private record Body(String detail, String error, String requestId) {}

  private record Form(HttpStatus status, String error) {}

  @Override
  public String name() {
    return "kvmfleet";
  }

  @Override
  public Reply error(Fault fault, String requestId) {
    Form form = form(fault);
    Reply reply = Reply.json(form.status, new Body(fault.getMessage(), form.error, requestId));
    Map<String, String> details = fault.details();
    return details.containsKey(Fault.RETRY_AFTER_SECONDS)
        ? reply.retryAfter(details.get(Fault.RETRY_AFTER_SECONDS))
        : reply;
  }

  private static Form form(Fault fault) {
    return switch (fault.code()) {
      case INVALID_ARGUMENT ->
          switch (fault.reason()) {
            case "payload_too_large" ->
                new Form(HttpStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large");
            case "unsupported_media_type" ->
                new Form(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
            case "range_not_satisfiable" ->
                new Form(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "range_not_satisfiable");
            case "request_timeout" -> new Form(HttpStatus.REQUEST_TIMEOUT, "request_timeout");
            default -> new Form(HttpStatus.BAD_REQUEST, "bad_request");
          };
      case NOT_FOUND ->
          fault.reason().equals("method_not_allowed")
              ? new Form(HttpStatus.METHOD_NOT_ALLOWED, "method_not_allowed")
              : new Form(HttpStatus.NOT_FOUND, "not_found");
      case ALREADY_EXISTS -> new Form(HttpStatus.CONFLICT, "conflict");
      case PERMISSION_DENIED -> new Form(HttpStatus.FORBIDDEN, "forbidden");
      case UNAUTHENTICATED -> new Form(HttpStatus.UNAUTHORIZED, "unauthorized");
      case RESOURCE_EXHAUSTED ->
          fault.reason().equals("spool_full")
              ? new Form(HttpStatus.INSUFFICIENT_STORAGE, "insufficient_storage")
              : new Form(HttpStatus.TOO_MANY_REQUESTS, "too_many_requests");
      case FAILED_PRECONDITION ->
          switch (fault.reason()) {
            case "token_expired" -> new Form(HttpStatus.GONE, "gone");
            case "version_mismatch" ->
                new Form(HttpStatus.PRECONDITION_FAILED, "precondition_failed");
            default -> new Form(HttpStatus.CONFLICT, "conflict");
          };
      case UNAVAILABLE ->
          new Form(
              HttpStatus.SERVICE_UNAVAILABLE,
              fault.reason().equals("store_unavailable") ? "store_unavailable" : "unavailable");
      case INTERNAL -> new Form(HttpStatus.INTERNAL_SERVER_ERROR, "internal_error");
    };
  }
}
