package muster.agent.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import muster.agent.host.Accounts;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The machine's own accounts.
final class UserTools {
  static final String USERMOD = "usermod";

  private static final Path ROOT = Path.of("/");
  private static final String NAME = "[a-z_][a-z0-9_-]{0,31}";
  private static final int MOST_GROUPS = 64;

  private UserTools() {}

  static Job list(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      Accounts accounts = new Accounts(ROOT);
      List<JsonObject> users =
          accounts.all().stream()
              .map(account ->
                  JsonObject.builder()
                      .put("name", account.name())
                      .put("uid", account.uid())
                      .put("gid", account.gid())
                      .put("home", account.home())
                      .put("shell", account.shell())
                      .put("may_log_in", account.mayLogIn())
                      .put("groups", accounts.groups(account))
                      .build())
              .toList();
      desk.print(JsonObject.builder().put("users", users).build());
    });
  }

  static Job manage(JsonObject json) {
    Args args = new Args(json, "action", "username", "groups");
    args.text("action");
    String action = args.word("action", "add", "delete", "lock", "unlock", "groups");
    String name = args.text("username");
    if (!name.matches(NAME)) {
      throw new FieldException("args.username", name, "a-z, 0-9, _ and -, at most 32");
    }
    List<String> groups = groups(json, args, action);
    return Job.of(desk -> {
      requireFit(action, name);
      desk.run(program(action, name, groups)).orFail();
      desk.print(
          JsonObject.builder()
              .put("username", name)
              .put("action", action)
              .put("groups", groups)
              .build());
    });
  }

  private static List<String> groups(JsonObject json, Args args, String action) {
    List<String> groups = json.strings("groups");
    if (args.has("groups") && !List.of("add", "groups").contains(action)) {
      throw new FieldException("args.groups", groups, "only with add and groups");
    }
    if (groups.size() > MOST_GROUPS || !groups.stream().allMatch(group -> group.matches(NAME))) {
      throw new FieldException("args.groups", groups, "at most 64 names of groups");
    }
    if (action.equals("groups") && groups.isEmpty()) {
      throw new FieldException("args.groups", groups, "at least one");
    }
    return groups;
  }

  private static Program program(String action, String name, List<String> groups) {
    String joined = String.join(",", groups);
    return switch (action) {
      case "add" -> {
        Program add = Program.of("useradd", "--create-home");
        yield (groups.isEmpty() ? add : add.and("--groups", joined)).and("--", name);
      }
      // The home stays: what is in it may be wanted.
      case "delete" -> Program.of("userdel", "--", name);
      case "lock" -> Program.of(USERMOD, "--lock", "--", name);
      case "unlock" -> Program.of(USERMOD, "--unlock", "--", name);
      default -> Program.of(USERMOD, "--groups", joined, "--", name);
    };
  }

  /// The accounts that the system needs are not for this tool.
  private static void requireFit(String action, String name) throws IOException {
    Optional<Accounts.Account> account = new Accounts(ROOT).find(name);
    if (action.equals("add")) {
      if (account.isPresent()) {
        throw new IOException(name + ": there is such an account");
      }
      return;
    }
    if (account.isEmpty()) {
      throw new IOException(name + ": no such account on this machine");
    }
    if (account.get().isSystem()) {
      throw new IOException(name + ": an account of the system, which is left alone");
    }
    if (name.equals(System.getProperty("user.name"))) {
      throw new IOException(name + ": the agent's own account");
    }
  }
}
