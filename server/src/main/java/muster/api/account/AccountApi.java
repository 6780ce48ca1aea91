package muster.api.account;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import muster.account.Keys;
import muster.account.Users;
import muster.auth.Role;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// Log-in, keys and users.
public final class AccountApi {
  private static final int LOGIN_BODY = 4 * 1024;

  private final Users users;
  private final Keys keys;

  public AccountApi(Users users, Keys keys) {
    this.users = users;
    this.keys = keys;
  }

  public List<Route> routes() {
    return new Routes(new AccountFaults())
        .open(HttpMethod.POST, "/api/login", Route.Kind.LOGIN, LOGIN_BODY, this::login)
        .post("/api/logout", this::logout)
        .get("/api/me", this::me)
        .get("/api/auth/keys", this::listKeys)
        .post("/api/auth/keys", this::createKey)
        .delete("/api/auth/keys/{id}", this::deleteKey)
        .get("/api/users", this::listUsers)
        .post("/api/users", this::createUser)
        .patch("/api/users/{username}", this::changeUser)
        .delete("/api/users/{username}", this::deleteUser)
        .list();
  }

  private Reply login(Call call) {
    JsonBody body = call.json();
    return Reply.ok(
        AccountJson.session(
            users.login(body.text("username"), body.secret("password"), call.caller().origin())));
  }

  private Reply logout(Call call) {
    users.logout(call.caller());
    return Reply.noContent();
  }

  private Reply me(Call call) {
    return Reply.ok(AccountJson.me(call.caller()));
  }

  private Reply listKeys(Call call) {
    return Reply.ok(AccountJson.keys(keys.list(call.caller())));
  }

  private Reply createKey(Call call) {
    JsonBody body = call.json().only("name", "role", "expires_in_seconds", "scope");
    Keys.Created created =
        keys.create(
            call.caller(),
            body.optText("name").orElse("unnamed"),
            role(body)
                .orElseThrow(
                    () -> Fault.invalid("role", "nothing", "viewer, operator, admin or owner")),
            body.optNumber("expires_in_seconds").map(Duration::ofSeconds),
            body.optText("scope").filter(scope -> !scope.isBlank()));
    return Reply.json(HttpStatus.CREATED, AccountJson.created(created));
  }

  private static Optional<Role> role(JsonBody body) {
    return body.optText("role")
        .map(word ->
            Role.ofWord(word)
                .orElseThrow(
                    () -> Fault.invalid("role", word, "viewer, operator, admin or owner")));
  }

  private Reply deleteKey(Call call) {
    keys.delete(call.caller(), call.path("id"));
    return Reply.noContent();
  }

  private Reply listUsers(Call call) {
    return Reply.ok(AccountJson.users(users.list(call.caller())));
  }

  private Reply createUser(Call call) {
    JsonBody body = call.json().only("username", "password", "role");
    return Reply.json(
        HttpStatus.CREATED,
        AccountJson.user(
            users.create(
                call.caller(),
                body.text("username"),
                body.secret("password"),
                role(body).orElse(Role.VIEWER))));
  }

  private Reply changeUser(Call call) {
    JsonBody body = call.json().only("password", "role", "disabled");
    return Reply.ok(
        AccountJson.user(
            users.change(
                call.caller(),
                call.path("username"),
                new Users.Change(
                    body.optSecret("password"), role(body), body.optFlag("disabled")))));
  }

  private Reply deleteUser(Call call) {
    users.delete(call.caller(), call.path("username"));
    return Reply.noContent();
  }
}
