package muster.health;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.device.Device;
import muster.device.Verdict;
import muster.device.Verdict.Status;

/// The verdicts on several devices.
///
/// @param judged by the device's id, in the order of ids
/// @param more how many devices match besides and were not judged
public record HealthReport(Map<String, Judged> judged, long more) {
  /// @param device empty when there is none, or none that the caller may see
  public record Judged(Optional<Device> device, Verdict verdict) {}

  /// What is wrong.
  ///
  /// @param warning on how many devices somebody should look at it
  /// @param critical on how many somebody must
  public record Issue(String check, int warning, int critical) {
    public int devices() {
      return warning + critical;
    }
  }

  public HealthReport {
    judged = new TreeMap<>(judged);
  }

  private Collection<Judged> all() {
    return judged.values();
  }

  public int count(Status status) {
    return (int) all().stream().filter(one -> one.verdict().status() == status).count();
  }

  /// The mean of the scores, 0–1; 1 of no device.
  public double averageScore() {
    return all().stream().mapToDouble(one -> one.verdict().status().score()).average().orElse(1);
  }

  /// What is wrong, the most frequent first.
  public List<Issue> issues() {
    Map<String, Issue> issues = new LinkedHashMap<>();
    for (Judged one : all()) {
      for (Verdict.Check check : one.verdict().checks()) {
        boolean critical = check.status() == Status.CRITICAL;
        if (critical || check.status() == Status.WARNING) {
          issues.merge(
              check.name(),
              new Issue(check.name(), critical ? 0 : 1, critical ? 1 : 0),
              (a, b) ->
                  new Issue(a.check(), a.warning() + b.warning(), a.critical() + b.critical()));
        }
      }
    }
    return issues.values().stream()
        .sorted(Comparator.comparing(Issue::devices).reversed().thenComparing(Issue::check))
        .toList();
  }
}
