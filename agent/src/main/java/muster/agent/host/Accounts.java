package muster.agent.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The machine's own accounts, as passwd(5) and group(5) have them.
public final class Accounts {
  private static final int FIELDS = 7;
  private static final int FIRST_OF_PEOPLE = 1000;
  private static final int NOBODY = 65_534;

  private final Path root;

  public Accounts(Path root) {
    this.root = root;
  }

  /// @param password as it stands in passwd(5), `x` where it is in shadow(5)
  public record Account(
      String name, String password, long uid, long gid, String home, String shell) {
    public boolean mayLogIn() {
      return !shell.endsWith("/nologin") && !shell.endsWith("/false");
    }

    /// Whether it is one that the system needs, and nobody's.
    public boolean isSystem() {
      return uid < FIRST_OF_PEOPLE || uid == NOBODY;
    }
  }

  public List<Account> all() {
    List<Account> accounts = new ArrayList<>();
    for (String line : HostLines.of(root.resolve("etc/passwd"))) {
      String[] fields = line.split(":", -1);
      if (fields.length == FIELDS && isNumber(fields[2]) && isNumber(fields[3])) {
        accounts.add(
            new Account(
                fields[0],
                fields[1],
                Long.parseLong(fields[2]),
                Long.parseLong(fields[3]),
                fields[5],
                fields[6]));
      }
    }
    return accounts;
  }

  public Optional<Account> find(String name) {
    return all().stream().filter(account -> account.name().equals(name)).findFirst();
  }

  /// The groups that name an account, and the one it has by itself.
  public List<String> groups(Account account) {
    List<String> groups = new ArrayList<>();
    for (String line : HostLines.of(root.resolve("etc/group"))) {
      String[] fields = line.split(":", -1);
      if (fields.length == 4
          && (fields[2].equals(Long.toString(account.gid()))
              || List.of(fields[3].split(",")).contains(account.name()))) {
        groups.add(fields[0]);
      }
    }
    return groups;
  }

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,10}");
  }
}
