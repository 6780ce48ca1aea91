package muster.connect;

import com.google.rpc.Status;
import com.linecorp.armeria.common.RequestHeaders;
import java.nio.charset.StandardCharsets;

/// How callers without a Connect client are answered when a unary call fails: those who send plain
/// JSON without `Connect-Protocol-Version`, or a GET without `connect` and `encoding`.
@FunctionalInterface
public interface ErrorForm {

  /// The answer to a plain caller.
  ///
  /// @param status code (`io.grpc.Status.Code` by number), message and details, as gRPC clients get
  ///   it
  Answer answer(Status status, RequestHeaders request);

  /// Whether a request that may be plain is to be answered so.
  default boolean applies(RequestHeaders request) {
    return true;
  }

  /// @param httpStatus 400 to 599
  /// @param json the body
  record Answer(int httpStatus, String json) {
    byte[] bytes() {
      return json.getBytes(StandardCharsets.UTF_8);
    }
  }

  /// `{"code":"NOT_FOUND","message":"…","details":{…}}`, FAILED_PRECONDITION as 412, everything
  /// else with Connect's HTTP status. The details are flat: the metadata of `google.rpc.ErrorInfo`,
  /// `request_id` of `RequestInfo`, `retry_after_seconds` of `RetryInfo` and `debug` of
  /// `DebugInfo`.
  static ErrorForm upperCase() {
    return ErrorJson::plain;
  }
}
