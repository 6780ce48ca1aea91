package muster.auth;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import muster.filter.Filter;

/// Who asks. `id` is what stays and is never given to another (a user's, key's or device's id),
/// `name` what people read; `credential` is the id of the credential shown, empty for the server
/// itself and for who came with an external issuer's token. A `scope` narrows every permission to
/// the devices it matches; what lies outside does not exist for this caller. `until` is when the
/// JWT it came with ends; absent for who showed a credential itself.
public record Caller(
    Kind kind,
    String id,
    String name,
    Role role,
    Optional<Filter> scope,
    String credential,
    Origin origin,
    Optional<Instant> until) {

  public enum Kind {
    USER,
    KEY,
    /// Somebody an external issuer vouches for.
    EXTERNAL,
    DEVICE,
    SERVER,
    ANONYMOUS
  }

  public Caller(
      Kind kind,
      String id,
      String name,
      Role role,
      Optional<Filter> scope,
      String credential,
      Origin origin) {
    this(kind, id, name, role, scope, credential, origin, Optional.empty());
  }

  /// The server's own work: expiry, first start.
  public static final Caller SERVER =
      new Caller(Kind.SERVER, "server", "server", Role.OWNER, Optional.empty(), "", Origin.SERVER);

  public static Caller anonymous(Origin origin) {
    return new Caller(Kind.ANONYMOUS, "", "", Role.ANONYMOUS, Optional.empty(), "", origin);
  }

  public Caller at(Origin newOrigin) {
    return new Caller(kind, id, name, role, scope, credential, newOrigin, until);
  }

  public Caller until(Optional<Instant> newUntil) {
    return new Caller(kind, id, name, role, scope, credential, origin, newUntil);
  }

  /// Whether the JWT it came with has ended by `now`.
  public boolean isOver(Instant now) {
    return until.map(at -> !now.isBefore(at)).orElse(false);
  }

  /// Whether it came with a JWT made from a credential, instead of with that credential.
  public boolean isDerived() {
    return until.isPresent() && kind != Kind.EXTERNAL;
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
