package muster.api.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import muster.account.Credential;
import muster.account.Keys;
import muster.account.User;
import muster.account.Users;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.http.Reply;
import org.jspecify.annotations.Nullable;

/// Accounts and keys as JSON. A key's secret stands in the answer that makes it and nowhere else.
final class AccountJson {
  private AccountJson() {}

  record SessionJson(String token, String role, String username, String expiresAt) {}

  record Me(
      String kind,
      @Nullable String username,
      String name,
      String role,
      @Nullable String scope,
      List<String> permissions) {}

  record KeyJson(
      String id,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String key,
      String name,
      String role,
      @Nullable String scope,
      @Nullable String expiresAt,
      String createdAt,
      String createdBy,
      @Nullable String lastUsedAt) {}

  record KeyList(List<KeyJson> keys, int total) {}

  record UserJson(
      String id,
      String username,
      String role,
      boolean disabled,
      String createdAt,
      @Nullable String lastLoginAt) {}

  record UserList(List<UserJson> users, int total) {}

  static SessionJson session(Users.Session session) {
    return new SessionJson(
        session.token().text(),
        session.user().role().word(),
        session.user().username(),
        Reply.time(session.expiresAt()));
  }

  static Me me(Caller caller) {
    return new Me(
        caller.kind().name().toLowerCase(Locale.ROOT),
        caller.kind() == Caller.Kind.USER ? caller.name() : null,
        caller.name(),
        caller.role().word(),
        caller.scope().map(Object::toString).orElse(null),
        caller.role().permissions().stream()
            .filter(permission -> Access.allows(caller, permission))
            .map(Permission::word)
            .sorted()
            .toList());
  }

  static KeyJson created(Keys.Created created) {
    return key(created.key(), created.token().text());
  }

  static KeyList keys(List<Credential> keys) {
    return new KeyList(keys.stream().map(key -> key(key, null)).toList(), keys.size());
  }

  private static KeyJson key(Credential key, @Nullable String secret) {
    return new KeyJson(
        key.id(),
        secret,
        key.name(),
        key.role().word(),
        key.scope().orElse(null),
        time(key.expiresAt()),
        Reply.time(key.createdAt()),
        key.owner(),
        time(key.lastUsedAt()));
  }

  static UserJson user(User user) {
    return new UserJson(
        user.id(),
        user.username(),
        user.role().word(),
        user.disabled(),
        Reply.time(user.createdAt()),
        time(user.lastLoginAt()));
  }

  static UserList users(List<User> users) {
    return new UserList(users.stream().map(AccountJson::user).toList(), users.size());
  }

  private static @Nullable String time(Optional<Instant> at) {
    return at.map(Reply::time).orElse(null);
  }
}
