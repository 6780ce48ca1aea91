package muster.auth;

/// Where a request came from, for the audit log: the surface (`kvmfleet`, `account`, `device`,
/// `server`), the caller's address, and the request's id.
public record Origin(String surface, String address, String requestId) {
  /// Work the server does of itself.
  public static final Origin SERVER = new Origin("server", "", "");
}
