package muster.auth;

import java.util.Locale;
import java.util.Optional;
import muster.filter.Filter;

/// Who asks. `id` is what stays and is never given to another (a user's, key's or device's id),
/// `name` what people read; `credential` is the id of the credential shown, empty for the server
/// itself. A `scope` narrows every permission to the devices it matches; what lies outside does not
/// exist for this caller.
public record Caller(
    Kind kind,
    String id,
    String name,
    Role role,
    Optional<Filter> scope,
    String credential,
    Origin origin) {

  public enum Kind {
    USER,
    KEY,
    DEVICE,
    SERVER,
    ANONYMOUS
  }

  /// The server's own work: expiry, first start.
  public static final Caller SERVER =
      new Caller(Kind.SERVER, "server", "server", Role.OWNER, Optional.empty(), "", Origin.SERVER);

  public static Caller anonymous(Origin origin) {
    return new Caller(Kind.ANONYMOUS, "", "", Role.ANONYMOUS, Optional.empty(), "", origin);
  }

  public Caller at(Origin newOrigin) {
    return new Caller(kind, id, name, role, scope, credential, newOrigin);
  }

  /// `user:anna`, `key:ci`, `device:dev_…`: as the audit log shows it.
  public String principal() {
    return kind == Kind.SERVER || kind == Kind.ANONYMOUS
        ? kind.name().toLowerCase(Locale.ROOT)
        : kind.name().toLowerCase(Locale.ROOT) + ":" + name;
  }

  /// As [#principal()], with the id that is never given to another.
  public String principalId() {
    return kind.name().toLowerCase(Locale.ROOT) + ":" + id;
  }
}
