package muster.tool;

import static muster.tool.Argument.choice;
import static muster.tool.Argument.number;
import static muster.tool.Argument.text;
import static muster.tool.Argument.texts;

import java.util.List;

/// Versions of software on the machine: what deployments tell devices to do.
final class UpdateTools {
  private static final String SOFTWARE = "[a-z0-9][a-z0-9._-]{0,63}";

  static final List<Tool> ALL =
      List.of(
          Tool.high(
              "install_update",
              "Fetch a version of some software, verify it, switch to it, look whether it is well,"
                  + " and keep it or go back.",
              software(),
              text("version", "Which version.")
                  .like("[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}", "1..64 letters, digits, . _ + ~ -")
                  .always(),
              text("url", "http://, https://, or a path on the server.").longest(2048).always(),
              text("checksum", "Of its bytes: sha256: and 64 hexadecimal digits.")
                  .like("sha256:[0-9a-f]{64}", "sha256: and 64 hexadecimal digits")
                  .always(),
              number("size_bytes", "How many bytes it has.", 1, Long.MAX_VALUE).always(),
              text("architecture", "Of the processor it is for; default any."),
              choice("type", "Default by its name.", "binary", "archive", "script"),
              text("signature", "An Ed25519 signature in minisign's form."),
              text("target_path", "Where a link to the current version is kept."),
              texts("install_command", "Run in the new version's directory before the switch."),
              texts("restart_command", "Run after each switch."),
              choice(
                  "handover",
                  "The system's own updater that installs it.",
                  "rauc",
                  "swupdate",
                  "apt"),
              texts("health_command", "Must end with 0 after the switch."),
              text("health_url", "Must answer after the switch, http:// or https://."),
              number("health_status", "What it must answer; default 200.", 100, 599),
              number("health_delay_seconds", "Before the first look; default 0.", 0, 600),
              number("health_timeout_seconds", "Of one look; default 10.", 1, 600),
              number("health_retries", "How often a look may fail; default 0.", 0, 100)),
          Tool.high(
              "rollback_update", "Switch some software back to the version before.", software()));

  private UpdateTools() {}

  private static Argument software() {
    return text("name", "Of the software.").like(SOFTWARE, "1..64 of a-z, 0-9, . _ -").always();
  }
}
