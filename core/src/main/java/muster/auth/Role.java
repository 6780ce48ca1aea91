package muster.auth;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// A named set of permissions. For people and keys: owner ⊃ admin ⊃ operator ⊃ viewer.
public enum Role {
  /// Nobody known.
  ANONYMOUS(EnumSet.noneOf(Permission.class)),
  /// A machine, for itself alone.
  DEVICE(
      EnumSet.of(
          Permission.DEVICE_HEARTBEAT,
          Permission.DEVICE_VIEW,
          Permission.FILE_CARRY,
          Permission.UPDATE_VIEW)),
  /// Reads.
  VIEWER(
      EnumSet.of(
          Permission.DEVICE_LIST,
          Permission.DEVICE_VIEW,
          Permission.UPDATE_VIEW,
          Permission.ANALYTICS_VIEW,
          Permission.SERVER_VIEW)),
  /// Works with devices.
  OPERATOR(
      plus(
          VIEWER.permissions,
          Permission.DEVICE_UPDATE,
          Permission.COMMAND_EXECUTE,
          Permission.COMMAND_VIEW,
          Permission.LOG_VIEW,
          Permission.FILE_READ,
          Permission.FILE_WRITE,
          Permission.UPDATE_CREATE)),
  /// Brings devices in and out, sits down at them, uses the tools that change machines for good,
  /// and looks after accounts.
  ADMIN(
      plus(
          OPERATOR.permissions,
          Permission.DEVICE_REGISTER,
          Permission.DEVICE_DELETE,
          Permission.DEVICE_APPROVE,
          Permission.DEVICE_REMOTE,
          Permission.DEVICE_DEPLOY,
          Permission.COMMAND_ADMINISTER,
          Permission.UPDATE_DEPLOY,
          Permission.UPDATE_ROLLBACK,
          Permission.WEBHOOK_MANAGE,
          Permission.AUDIT_VIEW,
          Permission.KEY_MANAGE,
          Permission.USER_MANAGE,
          Permission.RATELIMIT_BYPASS,
          Permission.SERVER_DEBUG)),
  /// As admin, and the only one who may make or change owners, and take everything away in a file.
  OWNER(plus(ADMIN.permissions, Permission.SERVER_BACKUP));

  private final Set<Permission> permissions;

  Role(Set<Permission> permissions) {
    this.permissions = permissions;
  }

  private static Set<Permission> plus(Set<Permission> base, Permission... more) {
    EnumSet<Permission> all = EnumSet.copyOf(base);
    all.addAll(Arrays.asList(more));
    return all;
  }

  public boolean has(Permission permission) {
    return permissions.contains(permission);
  }

  public Set<Permission> permissions() {
    return Set.copyOf(permissions);
  }

  /// Whether this role may hand out `other`: a role for people, and not above one's own.
  public boolean mayGrant(Role other) {
    return other.isForPeople() && other.compareTo(this) <= 0;
  }

  public boolean isForPeople() {
    return compareTo(VIEWER) >= 0;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The role for people of that name; `member` is KVM Fleet's word for viewer.
  public static Optional<Role> ofWord(String word) {
    String wanted = word.toLowerCase(Locale.ROOT);
    if (wanted.equals("member")) {
      return Optional.of(VIEWER);
    }
    return Arrays.stream(values())
        .filter(Role::isForPeople)
        .filter(role -> role.word().equals(wanted))
        .findFirst();
  }
}
