package muster.routing;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Decides which device serves a tool: the preferred one if it can; else, unless that is forbidden,
/// the one with the least to do; among equals the first by id.
public final class Router {
  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingInt(Candidate::score)
          .reversed()
          .thenComparing(candidate -> candidate.device().id().value());

  /// @param selected absent when none can serve
  /// @param reason `preference`, `least_loaded`, or why there is none
  /// @param candidates best first
  public record Decision(Optional<Candidate> selected, String reason, List<Candidate> candidates) {}

  private Router() {}

  public static Decision decide(
      String tool, Optional<Preference> preference, List<Candidate> candidates) {
    List<Candidate> sorted = candidates.stream().sorted(BEST_FIRST).toList();
    boolean strict = preference.filter(known -> !known.fallback()).isPresent();
    Stream<Candidate> able = sorted.stream().filter(Candidate::isEligible);
    Optional<Candidate> selected = (strict ? able.filter(Candidate::preferred) : able).findFirst();
    return new Decision(selected, reason(tool, strict, selected), sorted);
  }

  private static String reason(String tool, boolean strict, Optional<Candidate> selected) {
    if (selected.isPresent()) {
      return selected.get().preferred() ? "preference" : "least_loaded";
    }
    return strict
        ? "no preferred device can serve %s now, and its preference has no fallback".formatted(tool)
        : "no device that is online has %s".formatted(tool);
  }
}
