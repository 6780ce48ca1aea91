package muster.agent.policy;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// One section of the policy: what is allowed, and of that what is denied after all.
///
/// @param section its name in the file
/// @param allow empty means everything
record Rules(String section, Optional<List<String>> allow, List<String> deny) {
  Rules {
    allow = allow.map(List::copyOf);
    deny = List.copyOf(deny);
  }

  static Rules open(String section) {
    return new Rules(section, Optional.empty(), List.of());
  }

  /// @param what is asked for, as the refusal names it
  /// @param hits whether a rule is about it
  /// @throws DeniedException naming the rule
  void require(String what, Predicate<String> hits) {
    require(what, hits, hits);
  }

  /// @param allows whether a rule of `allow` is about it
  /// @param denies whether a rule of `deny` is about it
  void require(String what, Predicate<String> allows, Predicate<String> denies) {
    requireNotDenied(what, denies);
    if (allow.isPresent() && allow.get().stream().noneMatch(allows)) {
      throw new DeniedException(what + ": not in " + section + ".allow");
    }
  }

  /// Whether [#require] would let pass what these rules are about.
  boolean allows(Predicate<String> hits) {
    return deny.stream().noneMatch(hits)
        && (allow.isEmpty() || allow.get().stream().anyMatch(hits));
  }

  void requireNotDenied(String what, Predicate<String> denies) {
    Optional<String> denying = deny.stream().filter(denies).findFirst();
    if (denying.isPresent()) {
      throw new DeniedException(what + ": " + section + ".deny has " + denying.get());
    }
  }
}
