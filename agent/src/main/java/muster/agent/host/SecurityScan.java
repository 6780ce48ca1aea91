package muster.agent.host;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// A few checks of this machine by what its files say. No substitute for an audit: what is fine
/// here may be wrong elsewhere, and what cannot be read is `UNKNOWN`.
public final class SecurityScan {
  private static final String SSHD = "etc/ssh/sshd_config";

  private final Path root;

  public SecurityScan(Path root) {
    this.root = root;
  }

  public enum Status {
    OK,
    WARNING,
    UNKNOWN
  }

  /// @param finding one line for people
  public record Finding(String check, Status status, String finding) {}

  public List<Finding> run() {
    return List.of(
        superusers(),
        passwords(),
        ssh("ssh_root_login", "permitrootlogin", "yes", "root may log in by password"),
        ssh("ssh_empty_passwords", "permitemptypasswords", "yes", "empty passwords are let in"),
        writable(),
        temporary(),
        randomization(),
        restart());
  }

  private Finding superusers() {
    List<String> others =
        new Accounts(root)
            .all().stream()
                .filter(account -> account.uid() == 0)
                .map(Accounts.Account::name)
                .filter(name -> !name.equals("root"))
                .toList();
    return others.isEmpty()
        ? new Finding("superusers", Status.OK, "root alone has the user id 0")
        : new Finding(
            "superusers", Status.WARNING, "beside root with the user id 0: " + join(others));
  }

  private Finding passwords() {
    List<String> empty = new ArrayList<>();
    new Accounts(root)
        .all().stream()
            .filter(account -> account.password().isEmpty())
            .forEach(account -> empty.add(account.name()));
    Optional<String> unread = Optional.empty();
    try {
      for (String line : HostLines.required(root.resolve("etc/shadow"))) {
        String[] fields = line.split(":", -1);
        if (fields.length > 1 && fields[1].isEmpty()) {
          empty.add(fields[0]);
        }
      }
    } catch (NoSuchFileException e) {
      unread = Optional.empty();
    } catch (IOException e) {
      unread = Optional.of("the agent's user may not read /etc/shadow");
    }
    if (!empty.isEmpty()) {
      return new Finding("empty_passwords", Status.WARNING, "without password: " + join(empty));
    }
    return unread
        .map(why -> new Finding("empty_passwords", Status.UNKNOWN, why))
        .orElseGet(() -> new Finding("empty_passwords", Status.OK, "no account without password"));
  }

  /// The first value counts in sshd_config(5). What `Include` brings is not looked at, and said so.
  private Finding ssh(String check, String key, String bad, String finding) {
    List<String> lines;
    try {
      lines = HostLines.required(root.resolve(SSHD));
    } catch (NoSuchFileException e) {
      return new Finding(check, Status.OK, "no ssh server is set up");
    } catch (IOException e) {
      return new Finding(check, Status.UNKNOWN, "the agent's user may not read /" + SSHD);
    }
    for (String line : lines) {
      String[] words = line.strip().toLowerCase(Locale.ROOT).split("[\\s=]+");
      if (words[0].equals("match")) {
        break;
      }
      if (words.length > 1 && words[0].equals(key)) {
        return words[1].equals(bad)
            ? new Finding(check, Status.WARNING, finding + ", as /" + SSHD + " says")
            : new Finding(check, Status.OK, "/" + SSHD + " says " + words[1]);
      }
    }
    return new Finding(check, Status.OK, "not set in /" + SSHD + " (includes are not read)");
  }

  /// Files of `/etc` itself, and its directories.
  private Finding writable() {
    List<String> found;
    try (Stream<Path> files = Files.list(root.resolve("etc"))) {
      found =
          files
              .filter(SecurityScan::isWritableByAll)
              .map(file -> "/etc/" + file.getFileName())
              .sorted()
              .toList();
    } catch (IOException e) {
      return new Finding("writable_settings", Status.UNKNOWN, "cannot read /etc");
    }
    return found.isEmpty()
        ? new Finding("writable_settings", Status.OK, "nothing in /etc is writable by all")
        : new Finding("writable_settings", Status.WARNING, "writable by all: " + join(found));
  }

  private static boolean isWritableByAll(Path file) {
    try {
      return !Files.isSymbolicLink(file)
          && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_WRITE);
    } catch (IOException e) {
      return false;
    }
  }

  private Finding temporary() {
    try {
      int mode = (Integer) Files.getAttribute(root.resolve("tmp"), "unix:mode");
      boolean open = (mode & 0002) != 0;
      boolean sticky = (mode & 01000) != 0;
      return open && !sticky
          ? new Finding("temporary_files", Status.WARNING, "in /tmp all may delete each other's")
          : new Finding("temporary_files", Status.OK, "/tmp keeps files of others from deletion");
    } catch (IOException | UnsupportedOperationException e) {
      return new Finding("temporary_files", Status.UNKNOWN, "cannot look at /tmp");
    }
  }

  private Finding randomization() {
    String check = "address_randomization";
    try {
      String level =
          String.join("", HostLines.required(root.resolve("proc/sys/kernel/randomize_va_space")));
      return level.strip().equals("2")
          ? new Finding(check, Status.OK, "the kernel places programs at random")
          : new Finding(check, Status.WARNING, "kernel.randomize_va_space is " + level.strip());
    } catch (AccessDeniedException e) {
      return new Finding(check, Status.UNKNOWN, "the agent's user may not read it");
    } catch (IOException e) {
      return new Finding(check, Status.UNKNOWN, "the kernel does not tell");
    }
  }

  private Finding restart() {
    return Files.exists(root.resolve("var/run/reboot-required"))
            || Files.exists(root.resolve("run/reboot-required"))
        ? new Finding("restart", Status.WARNING, "updates wait for a restart of the machine")
        : new Finding("restart", Status.OK, "no update says that it waits for a restart");
  }

  private static String join(List<String> names) {
    return String.join(", ", names.stream().limit(20).toList());
  }
}
