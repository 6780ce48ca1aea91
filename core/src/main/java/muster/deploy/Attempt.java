package muster.deploy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// How far one attempt has come. For the thread that makes it.
final class Attempt {
  /// What is left of the 120 s that an answer takes at most is for cleaning up.
  private static final Duration WORK = Duration.ofSeconds(95);

  private final Deployment wanted;
  private final BooleanSupplier isStopping;
  private final List<Deployed.Done> steps = new ArrayList<>();
  private final long begun = System.nanoTime();
  private long stepBegun = begun;
  private Optional<HostKey> hostKey = Optional.empty();

  /// @param isStopping whether it is to end at once
  Attempt(Deployment wanted, BooleanSupplier isStopping) {
    this.wanted = wanted;
    this.isStopping = isStopping;
  }

  void done(Step step) {
    long now = System.nanoTime();
    steps.add(new Deployed.Done(step, Duration.ofNanos(now - stepBegun)));
    stepBegun = now;
  }

  void keyShown(HostKey shown) {
    done(Step.CONNECT);
    hostKey = Optional.of(shown);
    done(Step.HOST_KEY);
  }

  HostKey hostKey() {
    return hostKey.orElseThrow();
  }

  List<Deployed.Done> steps() {
    return List.copyOf(steps);
  }

  /// How long the next thing may take: so long, or what is left.
  Limit within(Duration wished) {
    Duration left = WORK.minusNanos(System.nanoTime() - begun);
    return Limit.of(left.compareTo(wished) < 0 ? left : wished, isStopping);
  }

  /// For the audit log.
  Map<String, String> facts() {
    Map<String, String> facts = new HashMap<>();
    facts.put("host", wanted.host());
    facts.put("port", Integer.toString(wanted.port()));
    facts.put("user", wanted.user());
    facts.put("label", wanted.plan().label());
    hostKey.ifPresent(key -> {
      facts.put("host_key", key.fingerprint());
      facts.put("host_key_known", Boolean.toString(key.isKnown()));
    });
    return facts;
  }
}
