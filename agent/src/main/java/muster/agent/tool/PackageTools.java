package muster.agent.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// Packages of Debian and its kin, by `apt-get`.
final class PackageTools {
  static final String APT_GET = "apt-get";

  /// `Inst libc6 [2.36-9] (2.36-10 Debian:12/stable [amd64])`, as apt-get says what it would do.
  private static final Pattern UPDATE =
      Pattern.compile("Inst (\\S+) \\[([^\\]]+)\\] \\((\\S+) ?([^)]*)\\).*");

  /// Settings that somebody has changed stay so.
  private static final Program CHANGE =
      Program.of(APT_GET, "--yes", "--quiet", "--option=Dpkg::Options::=--force-confold")
          .with("DEBIAN_FRONTEND", "noninteractive");

  private PackageTools() {}

  static Job updates(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      Printed printed =
          desk.run(
                  Program.of(
                      APT_GET,
                      "--simulate",
                      "--quiet",
                      "--option=Debug::NoLocking=1",
                      "dist-upgrade"))
              .orFail();
      List<JsonObject> updates = new ArrayList<>();
      for (String line : printed.out().lines().toList()) {
        Matcher update = UPDATE.matcher(line);
        if (update.matches()) {
          updates.add(
              JsonObject.builder()
                  .put("package", update.group(1))
                  .put("installed", update.group(2))
                  .put("candidate", update.group(3))
                  .put("security", update.group(4).toLowerCase().contains("security"))
                  .build());
        }
      }
      desk.print(
          JsonObject.builder()
              .put("count", updates.size())
              .put("updates", updates)
              .put("truncated", printed.truncated())
              .build());
    });
  }

  static Job install(JsonObject json) {
    String name = name(json);
    return Job.of(desk -> {
      // apt-get takes what it does not find for a pattern, and installs all that match it.
      Printed known = desk.run(Program.of("apt-cache", "pkgnames", name));
      if (known.orFail().out().lines().noneMatch(name::equals)) {
        throw new IOException(name + ": no such package");
      }
      change(desk, "install", name);
    });
  }

  static Job remove(JsonObject json) {
    String name = name(json);
    return Job.of(desk -> {
      if (status(desk, name).isEmpty()) {
        throw new IOException(name + ": not installed");
      }
      change(desk, "remove", name);
    });
  }

  /// A package manager that is killed half-way leaves more damage than one that takes too long.
  private static void change(Desk desk, String action, String name)
      throws IOException, InterruptedException {
    desk.commit();
    desk.run(CHANGE.and(action, "--", name)).orFail();
    desk.print(
        JsonObject.builder()
            .put("package", name)
            .put("action", action)
            .put("version", status(desk, name))
            .build());
  }

  /// The version that is installed; empty when none is.
  private static String status(Desk desk, String name) throws IOException, InterruptedException {
    Printed shown =
        desk.run(
            Program.of(
                "dpkg-query",
                "--show",
                "--showformat=${db:Status-Status} ${Version}\n",
                "--",
                name));
    return shown
        .out()
        .lines()
        .filter(line -> shown.exitCode() == 0 && line.startsWith("installed "))
        .map(line -> line.substring("installed ".length()))
        .findFirst()
        .orElse("");
  }

  private static String name(JsonObject json) {
    String name = new Args(json, "package").text("package");
    if (!name.matches("[a-z0-9][a-z0-9+.-]{0,126}[a-z0-9+]")) {
      throw new FieldException("args.package", name, "the name of a package, such as libc6");
    }
    return name;
  }
}
