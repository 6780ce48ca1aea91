package muster.simulator;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import muster.wire.JsonObject;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// Holds what the server says against what the devices truly did: every device's presence, every
/// command's end.
final class Check {
  private static final Set<String> FINAL =
      Set.of("completed", "failed", "timed_out", "cancelled", "expired", "lost");

  private final Api api;
  private final Map<String, Truth> truths;
  private final Report report = new Report();

  Check(Api api, Map<String, Truth> truths) {
    this.api = api;
    this.truths = truths;
  }

  Report report() {
    return report;
  }

  void presence() throws IOException, InterruptedException {
    Map<String, String> said = new HashMap<>();
    long asked = System.currentTimeMillis();
    api.devices("", device -> said.put(device.string("id"), describe(device)));
    long answered = System.currentTimeMillis();
    int[] count = new int[Truth.Expectation.values().length];
    truths.forEach((id, truth) -> {
      Truth.Expectation expected = truth.presence(asked, answered);
      count[expected.ordinal()]++;
      String status = said.getOrDefault(id, "unknown to the server");
      if (expected != Truth.Expectation.OPEN
          && !status.startsWith(expected.name().toLowerCase(Locale.ROOT))) {
        report.difference("%s is %s, the server says: %s", id, expected, status);
      }
    });
    report.line(
        "presence   %,d devices: %,d online, %,d offline, %,d just changing",
        truths.size(), count[0], count[1], count[2]);
  }

  private static String describe(JsonObject device) {
    String reason = device.optObject("presence").flatMap(p -> p.optString("reason")).orElse("");
    return device.string("status") + ", " + reason;
  }

  void falseOfflines(Sentry sentry) {
    sentry.wronged().forEach(id -> report.difference("%s was called offline while it was not", id));
    report.line(
        "meanwhile  asked %,d times who is offline (%,d without an answer): %,d wrongly so",
        sentry.looks(), sentry.missed(), sentry.wronged().size());
  }

  /// @param last the newest command before the simulation began
  /// @param accepted commands for which the server has given its word, by device
  void commands(Optional<String> last, Map<String, String> accepted)
      throws IOException, InterruptedException {
    Map<String, Integer> ends = new HashMap<>();
    Set<String> missing = new HashSet<>(accepted.keySet());
    Set<String> told = new HashSet<>();
    api.commandsSince(
        last,
        command -> {
          Truth truth = truths.get(command.string("device_id"));
          if (truth != null) {
            String id = command.string("id");
            missing.remove(id);
            told.add(id);
            ends.merge(command.string("status"), 1, Integer::sum);
            compare(id, command, truth);
          }
        });
    missing.forEach(id -> report.difference("%s was accepted and is not there any more", id));
    long again = 0;
    for (Truth truth : truths.values()) {
      for (Map.Entry<String, Deed> entry : truth.deeds().entrySet()) {
        Deed deed = entry.getValue();
        again += deed.starts() > 1 && deed.wiped() ? 1 : 0;
        if (deed.starts() > 1 && !deed.wiped()) {
          report.difference("%s was started %d times", entry.getKey(), deed.starts());
        }
      }
    }
    report.line("commands   %,d: %s", told.size(), sorted(ends));
    if (again > 0) {
      report.line("           %,d started again by devices that had lost their journal", again);
    }
  }

  private static String sorted(Map<String, Integer> ends) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(ends)
        .forEach((status, count) ->
            text.append(text.isEmpty() ? "" : ", ").append("%,d ".formatted(count)).append(status));
    return text.isEmpty() ? "none" : text.toString();
  }

  private void compare(String id, JsonObject command, Truth truth) {
    String status = command.string("status");
    Deed deed = truth.deed(id).orElse(Deed.NONE);
    Optional<ToolResult> result = deed.result().filter(end -> deed.acknowledged());
    if (result.isPresent()) {
      compareEnd(id, command, result.get());
      return;
    }
    boolean open = deed.starts() > 0 && !deed.wiped();
    if (FINAL.contains(status)) {
      // Ended without the device: out of time, cancelled, lost or refused; never "completed". Or
      // its
      // word that it has the result is still on its way.
      if (status.equals("completed") && deed.result().isEmpty()) {
        report.difference("%s is completed, the device never said so", id);
      } else if (status.equals("lost") && open && deed.result().isPresent() && truth.isUp()) {
        report.difference("%s is lost, its device is there and has its result", id);
      }
    } else if (truth.isUp() && deed.result().isPresent() && !deed.wiped()) {
      report.difference("%s is %s, its device has its result and can't get rid of it", id, status);
    } else if (truth.isUp() && status.equals("queued") && deed.refusals() == 0) {
      report.difference("%s is still queued, its device is there", id);
    }
  }

  private void compareEnd(String id, JsonObject command, ToolResult result) {
    String status = command.string("status");
    String expected = expected(result.status());
    long exit = command.optInteger("exit_code").orElse(-1);
    // A cancel, a deadline or a deletion may have ended it first; an end is an end.
    boolean endedEarlier = Set.of("lost", "cancelled", "timed_out").contains(status);
    if (!FINAL.contains(status)) {
      report.difference("%s is %s, its result was acknowledged", id, status);
    } else if (!status.equals(expected) && !endedEarlier) {
      report.difference("%s is %s, the device said %s", id, status, expected);
    } else if (status.equals("completed") && exit != result.exitCode().orElse(-1)) {
      report.difference(
          "%s has exit code %d, the device said %d", id, exit, result.exitCode().orElse(-1));
    }
  }

  private static String expected(ToolStatus status) {
    return switch (status) {
      case COMPLETED -> "completed";
      case FAILED, INTERRUPTED -> "failed";
      case TIMED_OUT -> "timed_out";
      case CANCELLED -> "cancelled";
    };
  }
}
