package muster.auth;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Subject;

/// The one decision on rights.
public final class Access {
  /// With these one gets something that outlives a JWT: keys, users, ways for machines to join,
  /// word of whatever happens, the server's own keys.
  private static final Set<Permission> NOT_BY_JWT =
      EnumSet.of(
          Permission.KEY_MANAGE,
          Permission.USER_MANAGE,
          Permission.DEVICE_REGISTER,
          Permission.DEVICE_DEPLOY,
          Permission.WEBHOOK_MANAGE,
          Permission.SERVER_BACKUP);

  private Access() {}

  /// Whether `caller` may do this to some object at all.
  public static boolean allows(Caller caller, Permission permission) {
    return caller.role().has(permission)
        && !(caller.isDerived() && NOT_BY_JWT.contains(permission));
  }

  /// Whether `caller` may do this to this object. `now` decides terms that speak of time.
  public static boolean allows(Caller caller, Permission permission, Subject object, Instant now) {
    return allows(caller, permission) && sees(caller, object, now);
  }

  /// Whether the object lies within the caller's scope. What does not must be answered exactly like
  /// what is not there.
  public static boolean sees(Caller caller, Subject object, Instant now) {
    return caller.scope().map(scope -> scope.matches(object, now)).orElse(true);
  }

  /// @throws Fault UNAUTHENTICATED for nobody, PERMISSION_DENIED for somebody without the right
  public static void require(Caller caller, Permission permission) {
    if (allows(caller, permission)) {
      return;
    }
    if (caller.kind() == Caller.Kind.ANONYMOUS) {
      throw Fault.unauthenticated("authentication required");
    }
    if (caller.role().has(permission)) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "a JWT has no permission %s; show the credential it was made from"
              .formatted(permission.word()),
          Map.of("permission", permission.word()));
    }
    throw new Fault(
        FaultCode.PERMISSION_DENIED,
        "User does not have permission " + permission.word(),
        Map.of("permission", permission.word()));
  }

  /// For what is not about single devices, such as the audit log or keys: a caller with a scope has
  /// no right to it, or the scope would be no fence.
  public static void requireUnscoped(Caller caller, Permission permission) {
    require(caller, permission);
    if (caller.scope().isPresent()) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "a key with a scope has no permission " + permission.word(),
          Map.of("permission", permission.word()));
    }
  }

  /// @throws Fault PERMISSION_DENIED when the role lies above the caller's own
  public static void requireMayGrant(Caller caller, Role role) {
    if (!caller.role().mayGrant(role)) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "role: %s (expected: not above your own, %s)"
              .formatted(role.word(), caller.role().word()));
    }
  }
}
