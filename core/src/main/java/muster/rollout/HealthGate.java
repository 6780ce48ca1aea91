package muster.rollout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// Whether the devices that have the new version are as well as those that do not have it: a pure
/// function, with all it looked at in its answer.
///
/// Of what a device has or has not (it is gone, it reconnects, it restarts, it fails a check), the
/// share among the updated is held against that among the others: it is an alarm when so many would
/// come about by chance less than once in ten thousand times, when it is half of them or more while
/// hardly any of the others has it, or a quarter of them, three at least, while next to none of the
/// others has it. Of what is measured (processor, memory), the middle rise among the updated is
/// held against that among the others: it is an alarm when it is larger by [#LEAST_RISE] percentage
/// points and by far more than the others differ among themselves.
///
/// Without others to look at, what is usual is assumed: a device in a hundred, no rise.
public final class HealthGate {
  /// Percentage points.
  static final double LEAST_RISE = 10;

  /// Percentage points, when there are no others to show what is usual.
  static final double LEAST_RISE_ALONE = 25;

  private static final double CHANCE = 0.0001;
  private static final double HARDLY_ANY = 0.1;
  private static final double HALF = 0.5;
  private static final double NEXT_TO_NONE = 0.03;
  private static final double QUARTER = 0.25;
  private static final int SEVERAL = 3;

  /// Beyond how many standard errors a middle rise is no chance.
  private static final double FAR = 4;

  /// From the middle absolute deviation to a standard deviation, of a normal distribution.
  private static final double TO_DEVIATION = 1.4826;

  /// By how much the middle of several differs more than their mean would, likewise.
  private static final double OF_MIDDLE = 1.2533;

  /// How often a device connects anew before that says anything.
  private static final int OFTEN = 2;

  private HealthGate() {}

  /// What is looked at.
  public enum Sign {
    OFFLINE,
    RECONNECTS,
    CRASH_LOOP,
    HEALTH_CHECK,
    CPU,
    MEMORY;

    public static final Set<Sign> ALL = Set.copyOf(EnumSet.allOf(Sign.class));

    public static Optional<Sign> ofName(String name) {
      return Arrays.stream(values()).filter(one -> one.name().equalsIgnoreCase(name)).findFirst();
    }
  }

  /// What was looked at for one sign.
  ///
  /// @param isAlarm whether it stops the deployment
  /// @param told with the figures, for people
  public record Finding(Sign sign, boolean isAlarm, String told) {}

  /// @param findings one of each sign that could be looked at
  public record Verdict(List<Finding> findings) {
    public Verdict {
      findings = List.copyOf(findings);
    }

    /// Why the deployment is to stop.
    public Optional<String> alarm() {
      List<String> alarms = findings.stream().filter(Finding::isAlarm).map(Finding::told).toList();
      return alarms.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", alarms));
    }
  }

  /// @param signs to look at
  public static Verdict verdict(
      Set<Sign> signs, Collection<Vitals> updated, Collection<Vitals> others) {
    List<Finding> findings = new ArrayList<>();
    if (!updated.isEmpty()) {
      findings.add(share(Sign.OFFLINE, "are offline", Vitals::gone, updated, others));
      findings.add(
          share(
              Sign.RECONNECTS,
              "connect again and again",
              vitals -> vitals.reconnects() >= OFTEN,
              updated,
              others));
      findings.add(share(Sign.CRASH_LOOP, "started anew", Vitals::restarted, updated, others));
      findings.add(share(Sign.HEALTH_CHECK, "fail a check", Vitals::failing, updated, others));
      rise(Sign.CPU, "processor", Vitals::cpuRise, updated, others).ifPresent(findings::add);
      rise(Sign.MEMORY, "memory", Vitals::memoryRise, updated, others).ifPresent(findings::add);
    }
    return new Verdict(
        findings.stream().filter(finding -> signs.contains(finding.sign())).toList());
  }

  private static Finding share(
      Sign sign,
      String what,
      Predicate<Vitals> has,
      Collection<Vitals> updated,
      Collection<Vitals> others) {
    int hit = (int) updated.stream().filter(has).count();
    int hitOthers = (int) others.stream().filter(has).count();
    // As if a hundred devices more had been seen, one of them with it.
    double usual = (hitOthers + 1.0) / (others.size() + 100.0);
    double chance = atLeast(hit, updated.size(), usual);
    boolean most = hit >= HALF * updated.size() && usual < HARDLY_ANY;
    boolean many = hit >= Math.max(SEVERAL, QUARTER * updated.size()) && usual < NEXT_TO_NONE;
    boolean alarm = hit > 0 && (chance < CHANCE || most || many);
    return new Finding(
        sign,
        alarm,
        "%d of %d updated devices %s, %d of %d others"
            .formatted(hit, updated.size(), what, hitOthers, others.size()));
  }

  /// How likely it is that `hits` or more of `count` have what each has with probability `p`.
  static double atLeast(int hits, int count, double p) {
    if (hits <= 0) {
      return 1;
    }
    // The terms in logarithms: count over k is too large for a double from about 1,000 on.
    double sum = 0;
    double logOfTerm = count * Math.log1p(-p);
    double odds = Math.log(p) - Math.log1p(-p);
    for (int k = 0; k <= count; k++) {
      if (k >= hits) {
        sum += Math.exp(logOfTerm);
      }
      if (k < count) {
        logOfTerm += Math.log((double) (count - k) / (k + 1)) + odds;
      }
    }
    return Math.min(1, sum);
  }

  private static Optional<Finding> rise(
      Sign sign,
      String what,
      Function<Vitals, OptionalDouble> of,
      Collection<Vitals> updated,
      Collection<Vitals> others) {
    double[] rises = known(of, updated);
    double[] usual = known(of, others);
    if (rises.length == 0) {
      return Optional.empty();
    }
    double middle = median(rises);
    double usualMiddle = usual.length == 0 ? 0 : median(usual);
    double more = middle - usualMiddle;
    boolean alarm =
        usual.length == 0
            ? more >= LEAST_RISE_ALONE
            : more >= LEAST_RISE && more >= FAR * error(usual, usualMiddle, rises.length);
    return Optional.of(
        new Finding(
            sign,
            alarm,
            String.format(
                Locale.ROOT,
                "%s of %d updated devices: %+.1f points, of %d others: %+.1f points",
                what,
                rises.length,
                middle,
                usual.length,
                usualMiddle)));
  }

  private static double[] known(Function<Vitals, OptionalDouble> of, Collection<Vitals> vitals) {
    return vitals.stream().map(of).flatMapToDouble(OptionalDouble::stream).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// By how much the middle of so many differs by chance, going by how the others differ.
  private static double error(double[] usual, double middle, int count) {
    double[] deviations = Arrays.stream(usual).map(one -> Math.abs(one - middle)).toArray();
    return OF_MIDDLE * TO_DEVIATION * median(deviations) / Math.sqrt(count);
  }
}
