package muster.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HealthGateTest {
  /// A device as it is on any day: one in 200 is away, one in 300 connects again and again, the
  /// processor goes up and down by some points.
  private static Vitals usual(Random random) {
    double cpu = 10 + 40 * random.nextDouble();
    double memory = 30 + 30 * random.nextDouble();
    return new Vitals(
        random.nextInt(200) == 0,
        random.nextInt(300) == 0 ? 3 : random.nextInt(8) == 0 ? 1 : 0,
        random.nextInt(1000) == 0,
        random.nextInt(500) == 0,
        OptionalDouble.of(Math.clamp(cpu + 6 * random.nextGaussian(), 0, 100)),
        OptionalDouble.of(cpu),
        OptionalDouble.of(Math.clamp(memory + 2 * random.nextGaussian(), 0, 100)),
        OptionalDouble.of(memory));
  }

  private static HealthGate.Verdict verdict(List<Vitals> updated, List<Vitals> others) {
    return HealthGate.verdict(HealthGate.Sign.ALL, updated, others);
  }

  private static List<Vitals> usual(Random random, int count) {
    return Stream.generate(() -> usual(random)).limit(count).toList();
  }

  private static Vitals measuredAgain(Vitals v, Random random) {
    return using(v, 3 * random.nextGaussian(), random.nextGaussian());
  }

  private static Vitals gone(Vitals v) {
    return new Vitals(
        true,
        v.reconnects(),
        v.restarted(),
        v.failing(),
        OptionalDouble.empty(),
        v.cpuBefore(),
        OptionalDouble.empty(),
        v.memoryBefore());
  }

  private static Vitals counting(Vitals v, int reconnects, boolean restarted, boolean failing) {
    return new Vitals(
        v.gone(),
        reconnects,
        restarted,
        failing,
        v.cpu(),
        v.cpuBefore(),
        v.memory(),
        v.memoryBefore());
  }

  private static Vitals using(Vitals v, double cpu, double memory) {
    return new Vitals(
        v.gone(),
        v.reconnects(),
        v.restarted(),
        v.failing(),
        OptionalDouble.of(Math.min(100, v.cpu().orElse(0) + cpu)),
        v.cpuBefore(),
        OptionalDouble.of(Math.min(100, v.memory().orElse(0) + memory)),
        v.memoryBefore());
  }

  private static Arguments broken(
      String what, int updated, double share, UnaryOperator<Vitals> how) {
    return Arguments.of(what, updated, share, how);
  }

  /// What a bad version does to which share of the devices that have it.
  static Stream<Arguments> regressions() {
    return Stream.of(
        broken("the only one is gone", 1, 1, HealthGateTest::gone),
        broken("one of two is gone", 2, 0.5, HealthGateTest::gone),
        broken("half of ten are gone", 10, 0.5, HealthGateTest::gone),
        broken("a third of ten is gone", 10, 0.3, HealthGateTest::gone),
        broken("every tenth of a hundred is gone", 100, 0.1, HealthGateTest::gone),
        broken("every twentieth of a thousand is gone", 1000, 0.05, HealthGateTest::gone),
        broken("all connect again and again", 5, 1, v -> counting(v, 12, false, false)),
        broken("a third connects again and again", 30, 0.34, v -> counting(v, 4, false, false)),
        broken("every tenth connects twice", 200, 0.1, v -> counting(v, 2, false, false)),
        broken("all are in a crash loop", 3, 1, v -> counting(v, 0, true, false)),
        broken("half are in a crash loop", 8, 0.5, v -> counting(v, 0, true, false)),
        broken("some start anew", 100, 0.08, v -> counting(v, 0, true, false)),
        broken("the only one fails its check", 1, 1, v -> counting(v, 0, false, true)),
        broken("a quarter fails its check", 20, 0.25, v -> counting(v, 0, false, true)),
        broken("every twentieth fails its check", 400, 0.05, v -> counting(v, 0, false, true)),
        broken("a busy loop on all", 10, 1, v -> using(v, 90, 0)),
        broken("a busy loop on the only one", 1, 1, v -> using(v, 60, 0)),
        broken("twelve points more on all of many", 200, 1, v -> using(v, 13, 0)),
        broken("twenty points more on most", 30, 0.8, v -> using(v, 25, 0)),
        broken("a leak on all", 10, 1, v -> using(v, 0, 30)),
        broken("a leak on the only one", 1, 1, v -> using(v, 0, 25)),
        broken("a leak on most", 50, 0.7, v -> using(v, 0, 20)),
        broken("slow and failing", 12, 0.5, v -> using(counting(v, 0, false, true), 20, 0)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("regressions")
  void regression_isCaught(String what, int count, double share, UnaryOperator<Vitals> how) {
    for (int seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      List<Vitals> updated = new ArrayList<>(usual(random, count));
      int hit = (int) Math.ceil(count * share);
      for (int i = 0; i < hit; i++) {
        updated.set(i, how.apply(updated.get(i)));
      }
      HealthGate.Verdict verdict = verdict(updated, usual(random, 1000));
      assertThat(verdict.alarm()).as("%s, seed %d: %s", what, seed, verdict).isPresent();
    }
  }

  @Test
  void healthyRollOuts_areNotStopped() {
    for (int seed = 1; seed <= 100; seed++) {
      Random random = new Random(seed);
      int count = 5 + random.nextInt(500);
      List<Vitals> updated = usual(random, count);
      List<Vitals> others = usual(random, 200 + random.nextInt(800));
      // Looked at again and again, as while they are watched.
      for (int look = 0; look < 20; look++) {
        HealthGate.Verdict verdict =
            verdict(
                updated.stream().map(v -> measuredAgain(v, random)).toList(),
                others.stream().map(v -> measuredAgain(v, random)).toList());
        assertThat(verdict.alarm()).as("seed %d, look %d of %d", seed, look, count).isEmpty();
      }
    }
  }

  @Test
  void whatAllDevicesSuffer_isNoFaultOfTheUpdate() {
    Random random = new Random(7);
    List<Vitals> updated =
        usual(random, 50).stream().map(v -> random.nextInt(3) == 0 ? gone(v) : v).toList();
    List<Vitals> others =
        usual(random, 500).stream().map(v -> random.nextInt(3) == 0 ? gone(v) : v).toList();
    assertThat(verdict(updated, others).alarm()).isEmpty();
  }

  @Test
  void withoutOthers_onlyPlainTroubleIsAnAlarm() {
    Random random = new Random(8);
    List<Vitals> updated = usual(random, 100);
    assertThat(verdict(updated, List.of()).alarm()).isEmpty();
    assertThat(verdict(updated.stream().map(v -> using(v, 40, 0)).toList(), List.of()).alarm())
        .isPresent();
  }

  @Test
  void verdict_saysWhatWasLookedAt() {
    Random random = new Random(9);
    List<Vitals> updated = usual(random, 10).stream().map(HealthGateTest::gone).toList();
    HealthGate.Verdict verdict = verdict(updated, usual(random, 300));
    assertThat(verdict.alarm().orElseThrow()).startsWith("10 of 10 updated devices are offline, ");
    assertThat(verdict.findings())
        .extracting(HealthGate.Finding::sign)
        .contains(HealthGate.Sign.OFFLINE, HealthGate.Sign.HEALTH_CHECK);
  }

  @Test
  void onlyTheSignsThatWereAskedFor_areLookedAt() {
    Random random = new Random(10);
    List<Vitals> updated = usual(random, 10).stream().map(HealthGateTest::gone).toList();
    assertThat(HealthGate.verdict(Set.of(HealthGate.Sign.CPU), updated, usual(random, 300)).alarm())
        .isEmpty();
  }

  @Test
  void chance_isThatOfTheBinomialDistribution() {
    assertThat(HealthGate.atLeast(0, 10, 0.5)).isEqualTo(1);
    assertThat(HealthGate.atLeast(1, 1, 0.25)).isCloseTo(0.25, within());
    assertThat(HealthGate.atLeast(2, 2, 0.5)).isCloseTo(0.25, within());
    assertThat(HealthGate.atLeast(9, 10, 0.5)).isCloseTo(11 / 1024.0, within());
    assertThat(HealthGate.atLeast(20_000, 100_000, 0.2)).isBetween(0.49, 0.51);
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-12);
  }
}
