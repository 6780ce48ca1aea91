package muster.agent.tool;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import muster.agent.host.Listeners;
import muster.agent.host.Mounts;
import muster.agent.host.ProcessNames;
import muster.agent.host.SecurityScan;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The machine as a whole: disks, processes, the agent itself.
final class HostTools {
  static final String SHUTDOWN = "shutdown";

  private static final Path ROOT = Path.of("/");
  private static final int MOST_MOUNTS = 200;
  private static final int MOST_LISTENERS = 1000;

  private HostTools() {}

  static Job ping(JsonObject json) {
    new Args(json);
    return Job.of(desk ->
        desk.print(
            JsonObject.builder()
                .put("pong", true)
                .put("agent_version", desk.facts().agentVersion())
                .put("time", Instant.now().toString())
                .build()));
  }

  static Job setInterval(JsonObject json) {
    Args args = new Args(json, "interval");
    if (!args.has("interval")) {
      throw new FieldException("args.interval", null, "5..30");
    }
    long seconds = args.number("interval", 5, 30, 0);
    return Job.of(desk -> {
      desk.pace().set(Duration.ofSeconds(seconds));
      desk.print(JsonObject.builder().put("interval", seconds).build());
    });
  }

  static Job diskUsage(JsonObject json) {
    Args args = new Args(json, "path");
    if (!args.has("path")) {
      return Job.of(desk -> {
        List<JsonObject> disks = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Mounts.Mount mount : Mounts.all(ROOT)) {
          // A disk that is mounted twice is one disk, and one without a device none.
          if (mount.device().startsWith("/") && seen.add(mount.device())) {
            usage(mount.directory().toFile())
                .map(usage ->
                    JsonObject.builder()
                        .put("path", mount.directory().toString())
                        .put("device", mount.device())
                        .put("type", mount.type())
                        .putAll(usage)
                        .build())
                .ifPresent(disks::add);
          }
        }
        desk.print(
            JsonObject.builder()
                .put("disks", disks.subList(0, Math.min(MOST_MOUNTS, disks.size())))
                .build());
      });
    }
    Path path = Paths.read(args);
    return Job.of(
        policy -> policy.requirePath(Policy.Access.READ, path),
        desk -> {
          try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, desk.policy())) {
            JsonObject usage =
                usage(place.path().toFile())
                    .orElseThrow(() -> new IOException(path + ": on no disk"));
            desk.print(JsonObject.builder().put("path", path.toString()).putAll(usage).build());
          }
        });
  }

  /// As df(1) counts; empty for what has no size.
  private static Optional<JsonObject> usage(File place) {
    long total = place.getTotalSpace();
    if (total <= 0) {
      return Optional.empty();
    }
    long used = total - place.getFreeSpace();
    long usable = place.getUsableSpace();
    return Optional.of(
        JsonObject.builder()
            .put("total_bytes", total)
            .put("used_bytes", used)
            .put("available_bytes", usable)
            .put("used_percent", Math.round(1000.0 * used / Math.max(1, used + usable)) / 10.0)
            .build());
  }

  static Job securityScan(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      List<SecurityScan.Finding> findings = new SecurityScan(ROOT).run();
      List<JsonObject> checks =
          findings.stream()
              .map(finding ->
                  JsonObject.builder()
                      .put("check", finding.check())
                      .put("status", finding.status())
                      .put("finding", finding.finding())
                      .build())
              .toList();
      long warnings =
          findings.stream().filter(f -> f.status() == SecurityScan.Status.WARNING).count();
      desk.print(JsonObject.builder().put("warnings", warnings).put("checks", checks).build());
    });
  }

  static Job discoverServices(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      List<JsonObject> services = new ArrayList<>();
      for (Listeners.Listener listener : new Listeners(ROOT).all()) {
        JsonObject.Builder service =
            JsonObject.builder()
                .put("protocol", listener.protocol())
                .put("address", listener.address().getHostAddress())
                .put("port", listener.port());
        listener.pid().ifPresent(pid -> service.put("pid", pid));
        services.add(service.put("process", listener.name()).build());
      }
      desk.print(
          JsonObject.builder()
              .put("services", services.subList(0, Math.min(MOST_LISTENERS, services.size())))
              .put("truncated", services.size() > MOST_LISTENERS)
              .build());
    });
  }

  static Job reboot(JsonObject json) {
    long minutes = new Args(json, "delay").number("delay", 1, 1440, 1);
    return Job.of(desk -> {
      desk.commit();
      desk.run(Program.of(SHUTDOWN, "-r", "+" + minutes)).orFail();
      desk.print(JsonObject.builder().put("reboot_in_minutes", minutes).build());
    });
  }

  static Job kill(JsonObject json) {
    Args args = new Args(json, "pid", "name", "signal");
    if (args.has("pid") == args.has("name")) {
      throw new FieldException("args", null, "either pid or name");
    }
    String signal =
        args.word("signal", "TERM", "KILL", "HUP", "INT", "QUIT", "USR1", "USR2", "STOP", "CONT");
    Optional<String> name = args.optText("name");
    long pid = args.number("pid", 2, 4_194_304, 0);
    return Job.of(desk -> {
      long own = ProcessHandle.current().pid();
      if (pid == own) {
        throw new IOException(pid + ": the agent itself");
      }
      List<Long> pids =
          name.map(wanted -> new ProcessNames(ROOT).find(wanted)).orElse(List.of(pid)).stream()
              .filter(found -> found != own && found > 1)
              .toList();
      if (pids.isEmpty() || name.isEmpty() && ProcessHandle.of(pid).isEmpty()) {
        throw new IOException(name.orElse(Long.toString(pid)) + ": no such process");
      }
      for (long each : pids) {
        signal(desk, each, signal);
      }
      desk.print(JsonObject.builder().put("signal", signal).put("pids", pids).build());
    });
  }

  /// Java sends two signals by itself, and then makes sure that it is still the same process.
  private static void signal(Desk desk, long pid, String signal)
      throws IOException, InterruptedException {
    if (!List.of("TERM", "KILL").contains(signal)) {
      desk.run(Program.of("kill", "-s", signal, Long.toString(pid))).orFail();
      return;
    }
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    boolean sent =
        process
            .map(found -> signal.equals("KILL") ? found.destroyForcibly() : found.destroy())
            .orElse(true);
    if (!sent && process.filter(ProcessHandle::isAlive).isPresent()) {
      throw new IOException(
          pid + ": could not send " + signal.toLowerCase(Locale.ROOT) + ", perhaps another user's");
    }
  }
}
