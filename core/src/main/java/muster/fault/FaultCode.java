package muster.fault;

/// What kind of thing went wrong, in the words of fleetd's page.
public enum FaultCode {
  /// The request itself is wrong and will stay wrong.
  INVALID_ARGUMENT,
  /// No such thing, or it lies outside what the caller may know of.
  NOT_FOUND,
  /// The thing to be made is there already.
  ALREADY_EXISTS,
  /// Known caller, not allowed.
  PERMISSION_DENIED,
  /// Nobody we know.
  UNAUTHENTICATED,
  /// Too much or too often; `retry_after_seconds` in the details when waiting helps.
  RESOURCE_EXHAUSTED,
  /// The thing is not in a state that allows this.
  FAILED_PRECONDITION,
  /// Not now.
  UNAVAILABLE,
  /// Our mistake.
  INTERNAL
}
