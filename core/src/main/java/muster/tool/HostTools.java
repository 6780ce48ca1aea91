package muster.tool;

import static muster.tool.Argument.choice;
import static muster.tool.Argument.number;
import static muster.tool.Argument.text;
import static muster.tool.Argument.texts;

import java.util.List;

/// The machine as a whole: its agent, processes, packages and accounts.
final class HostTools {
  /// Of seconds: one heartbeat that is late must not use up the 45 s of a device's presence.
  private static final long MOST_INTERVAL = 30;

  static final List<Tool> ALL =
      List.of(
          Tool.low("ping", "Answer, which shows that the agent works."),
          Tool.low("list_users", "List the machine's own accounts and their groups."),
          Tool.low("security_scan", "Make a few checks of the machine, each with its finding."),
          Tool.low("package_updates", "List the packages that can be brought up to date."),
          Tool.medium(
              "set_interval",
              "Set how often the agent tells its health, until it is started again.",
              number("interval", "Seconds between two heartbeats.", 5, MOST_INTERVAL)
                  .expecting("5..30, as a device that is not heard of for 45 s is offline")
                  .always()),
          Tool.high(
              "reboot",
              "Start the machine anew.",
              number("delay", "In how many minutes; default 1.", 1, 1440)
                  .expecting("1..1440 minutes, as the answer takes its time")),
          Tool.high(
                  "process_kill",
                  "Send a signal to a process, or to all of a name.",
                  number("pid", "The process.", 2, 4_194_304),
                  text("name", "The name of the program, as ps(1) has it.")
                      .like("[A-Za-z0-9._+][A-Za-z0-9._+-]{0,63}", "the name of a program"),
                  choice(
                      "signal",
                      "Default TERM.",
                      "TERM",
                      "KILL",
                      "HUP",
                      "INT",
                      "QUIT",
                      "USR1",
                      "USR2",
                      "STOP",
                      "CONT"))
              .oneOf("pid", "name"),
          Tool.high("package_install", "Install a package, with those it needs.", pack()),
          Tool.high("package_remove", "Remove a package, with those that need it.", pack()),
          Tool.high(
              "user_manage",
              "Make or remove an account, lock or unlock it, or set its groups.",
              choice("action", "What to do.", "add", "delete", "lock", "unlock", "groups").always(),
              text("username", "The account.")
                  .like("[a-z_][a-z0-9_-]{0,31}", "a-z, 0-9, _ and -, at most 32")
                  .always(),
              texts("groups", "Its groups beside its own, with add and groups.")));

  private HostTools() {}

  private static Argument pack() {
    return text("package", "Its name.")
        .like("[a-z0-9][a-z0-9+.-]{0,126}[a-z0-9+]", "the name of a package, such as libc6")
        .always();
  }
}
