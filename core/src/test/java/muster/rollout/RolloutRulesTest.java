package muster.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RolloutRulesTest {
  private static final Instant START = Instant.parse("2026-11-23T08:00:00Z");
  private static final MaintenanceWindow NIGHT =
      MaintenanceWindow.parse(Set.of(), "22:00", "04:00", "Europe/Paris");
  private static final Plan CANARY =
      new Plan(
          Strategy.CANARY,
          50,
          10,
          10,
          0,
          Duration.ofHours(1),
          Duration.ZERO,
          true,
          true,
          Optional.empty(),
          Duration.ofDays(7));
  private static final Plan ROLLING =
      new Plan(
          Strategy.ROLLING,
          2,
          50,
          10,
          4,
          Duration.ZERO,
          Duration.ofMinutes(5),
          true,
          false,
          Optional.empty(),
          Duration.ofDays(7));

  private static Standing standing(int batch, Tally inBatch, Tally inAll, Optional<Instant> end) {
    return new Standing(batch, 2, inBatch, inAll, end, START, START, Optional.empty());
  }

  private static Tally done(int succeeded, int failed) {
    return new Tally(0, 0, 0, succeeded, failed, 0, 0);
  }

  @Test
  void batches_ofAPlan() {
    assertThat(CANARY.batches(1)).isEqualTo(1);
    assertThat(CANARY.batches(2)).isEqualTo(2);
    assertThat(CANARY.batchOf(0, 3)).isEqualTo(1);
    assertThat(CANARY.batchOf(1, 3)).isEqualTo(2);
    assertThat(CANARY.batchOf(9, 91)).isEqualTo(1); // 9.1 devices are 10
    assertThat(CANARY.batchOf(10, 91)).isEqualTo(2);
    assertThat(ROLLING.batches(9)).isEqualTo(3);
    assertThat(ROLLING.batchOf(8, 9)).isEqualTo(3);
  }

  @Test
  void beginsAsManyAsThereIsRoomFor() {
    Tally batch = new Tally(3, 0, 1, 0, 0, 0, 0);
    assertThat(RolloutRules.next(ROLLING, standing(1, batch, batch, Optional.empty()), START))
        .isInstanceOfSatisfying(
            Decision.Begin.class, begin -> assertThat(begin.devices()).isEqualTo(1));
  }

  @Test
  void firstDevices_areWatchedAsLongAsThePlanSays_countedFromTheLastEnd() {
    Instant end = START.plusSeconds(600);
    Standing watched = standing(1, done(10, 0), new Tally(90, 0, 0, 10, 0, 0, 0), Optional.of(end));
    assertThat(RolloutRules.next(CANARY, watched, end.plusSeconds(3599)))
        .isEqualTo(
            new Decision.Await(
                Optional.of(end.plusSeconds(3600)), "10 devices with it are watched"));
    assertThat(RolloutRules.next(CANARY, watched, end.plusSeconds(3600)))
        .isInstanceOf(Decision.NextBatch.class);
  }

  @Test
  void withoutAutoPromote_somebodyIsAsked() {
    Plan asking =
        new Plan(
            Strategy.CANARY,
            50,
            10,
            10,
            0,
            Duration.ZERO,
            Duration.ZERO,
            false,
            true,
            Optional.empty(),
            Duration.ofDays(7));
    Standing proven =
        standing(1, done(10, 0), new Tally(90, 0, 0, 10, 0, 0, 0), Optional.of(START));
    assertThat(RolloutRules.next(asking, proven, START)).isInstanceOf(Decision.AskPeople.class);
  }

  @Test
  void firstDevices_ofWhichNoneHasIt_proveNothing() {
    Tally nobody = new Tally(0, 0, 0, 0, 0, 10, 0);
    Standing unproven =
        standing(1, nobody, nobody.plus(new Tally(90, 0, 0, 0, 0, 0, 0)), Optional.empty());
    assertThat(RolloutRules.next(CANARY, unproven, START.plus(Duration.ofDays(1))))
        .isInstanceOf(Decision.AskPeople.class);
  }

  @Test
  void oneFailureAmongFewFirstDevices_stopsIt_andTheyGoBack() {
    Standing bad = standing(1, done(8, 2), new Tally(90, 0, 0, 8, 2, 0, 0), Optional.of(START));
    assertThat(RolloutRules.next(CANARY, bad, START))
        .isEqualTo(
            new Decision.Stop(true, "2 of 10 devices failed, 20.0 % (expected: below 10.0 %)"));
  }

  @Test
  void failures_countFromEnoughDevicesOn_andAlwaysAtTheEndOfABatch() {
    Tally four = new Tally(2, 0, 0, 2, 2, 0, 0);
    assertThat(RolloutRules.next(ROLLING, standing(1, four, four, Optional.of(START)), START))
        .isInstanceOf(Decision.Begin.class);
    Tally five = new Tally(1, 0, 0, 2, 3, 0, 0);
    assertThat(RolloutRules.next(ROLLING, standing(1, five, five, Optional.of(START)), START))
        .isInstanceOf(Decision.Stop.class);
    Tally end = done(2, 2);
    assertThat(RolloutRules.next(ROLLING, standing(1, end, end, Optional.of(START)), START))
        .isInstanceOf(Decision.Stop.class);
  }

  @Test
  void pauseBetweenBatches_isKept() {
    Standing between = standing(1, done(4, 0), new Tally(4, 0, 0, 4, 0, 0, 0), Optional.of(START));
    assertThat(RolloutRules.next(ROLLING, between, START.plusSeconds(299)))
        .isInstanceOf(Decision.Await.class);
    assertThat(RolloutRules.next(ROLLING, between, START.plusSeconds(300)))
        .isInstanceOf(Decision.NextBatch.class);
  }

  @Test
  void alarm_stopsItAtOnce() {
    Tally under = new Tally(50, 0, 5, 5, 0, 0, 0);
    Standing alarmed =
        new Standing(2, 2, under, under, Optional.of(START), START, START, Optional.of("unwell"));
    assertThat(RolloutRules.next(CANARY, alarmed, START))
        .isEqualTo(new Decision.Stop(true, "unwell"));
  }

  /// A deployment over devices that fail, come late and are left out at random: at no instant are
  /// more at it than may be, none begins after too many failures were known, and it ends.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void randomDeployments_keepTheirRules(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      new Story(random, random.nextInt(1, i == 0 ? 1_500 : 200)).run();
    }
  }

  /// One deployment, device by device.
  private static final class Story {
    private enum At {
      PENDING,
      AWAY,
      RUNNING,
      SUCCEEDED,
      FAILED,
      LEFT_OUT
    }

    private final Random random;
    private final Plan plan;
    private final At[] devices;
    private final int[] batches;
    private final List<Integer> running = new ArrayList<>();
    private final double failing;
    private Instant now = START;
    private Instant since = START;
    private Optional<Instant> lastEnd = Optional.empty();
    private int batch = 1;

    Story(Random random, int count) {
      this.random = random;
      this.failing = random.nextBoolean() ? 0 : random.nextDouble() * 0.5;
      this.plan =
          new Plan(
              Strategy.values()[random.nextInt(Strategy.values().length)],
              random.nextInt(1, 200),
              1 + random.nextInt(100),
              1 + random.nextInt(100),
              random.nextInt(50),
              Duration.ofSeconds(random.nextInt(100)),
              Duration.ofSeconds(random.nextInt(100)),
              random.nextBoolean(),
              random.nextBoolean(),
              random.nextInt(3) == 0 ? Optional.of(NIGHT) : Optional.empty(),
              Duration.ofMinutes(random.nextInt(600)));
      this.devices = new At[count];
      this.batches = new int[count];
      for (int i = 0; i < count; i++) {
        batches[i] = plan.batchOf(i, count);
        devices[i] = random.nextInt(20) == 0 ? At.LEFT_OUT : At.PENDING;
      }
    }

    void run() {
      boolean asked = false;
      for (int steps = 0; ; steps++) {
        assertThat(steps).as("steps of %s", plan).isLessThan(100 * devices.length + 1000);
        Standing standing = standing();
        switch (RolloutRules.next(plan, standing, now)) {
          case Decision.Begin begin -> {
            assertThat(tooManyFailed(standing)).as("begins after too many failures").isFalse();
            begin(begin.devices());
          }
          case Decision.Await await -> {
            if (running.isEmpty()) {
              assertThat(await.until()).as("waits for nothing").isPresent();
              now = comesBack() ? now : await.until().orElseThrow();
            } else {
              end();
            }
          }
          case Decision.NextBatch next -> {
            assertThat(standing.inBatch().isThrough()).isTrue();
            nextBatch();
          }
          case Decision.AskPeople ask -> {
            assertThat(plan.strategy()).isIn(Strategy.CANARY, Strategy.BLUE_GREEN);
            assertThat(asked).isFalse();
            asked = true;
            if (standing.batch() == standing.batches()) {
              return;
            }
            nextBatch();
          }
          case Decision.Complete complete -> {
            assertThat(standing.inAll().isThrough()).isTrue();
            assertThat(standing.batch()).isEqualTo(standing.batches());
            return;
          }
          case Decision.Stop stop -> {
            assertThat(tooManyFailed(standing)).isTrue();
            assertThat(stop.rollBack()).isEqualTo(plan.autoRollback());
            return;
          }
        }
        assertThat(running.size()).isLessThanOrEqualTo(plan.atOnce());
      }
    }

    private boolean tooManyFailed(Standing standing) {
      Tally all = standing.inAll();
      boolean enough = all.tried() >= Math.max(5, plan.atOnce()) || standing.inBatch().isThrough();
      return enough
          && all.failed() > 0
          && 100.0 * all.failed() / all.tried() >= plan.maxFailurePercentage();
    }

    private void begin(int count) {
      assertThat(plan.window().map(window -> window.isOpen(now)).orElse(true)).isTrue();
      int left = count;
      for (int i = 0; i < devices.length && left > 0; i++) {
        if (devices[i] == At.PENDING && batches[i] == batch) {
          left--;
          if (random.nextInt(20) == 0) {
            devices[i] = At.AWAY;
          } else {
            devices[i] = At.RUNNING;
            running.add(i);
          }
        }
      }
      assertThat(left).as("more were to begin than wait").isZero();
    }

    /// One that was away has its turn in the present batch.
    private boolean comesBack() {
      for (int i = 0; i < devices.length; i++) {
        if (devices[i] == At.AWAY && random.nextInt(10) == 0) {
          devices[i] = At.PENDING;
          batches[i] = batch;
          return true;
        }
      }
      return false;
    }

    private void end() {
      now = now.plusMillis(random.nextInt(5_000));
      int device = running.remove(random.nextInt(running.size()));
      devices[device] = random.nextDouble() < failing ? At.FAILED : At.SUCCEEDED;
      lastEnd = Optional.of(now);
    }

    private void nextBatch() {
      batch++;
      since = now;
      lastEnd = Optional.empty();
    }

    private Standing standing() {
      Tally inBatch = Tally.NONE;
      Tally inAll = Tally.NONE;
      for (int i = 0; i < devices.length; i++) {
        Tally one = tally(devices[i]);
        inAll = inAll.plus(one);
        if (batches[i] == batch) {
          inBatch = inBatch.plus(one);
        }
      }
      return new Standing(
          batch,
          plan.batches(devices.length),
          inBatch,
          inAll,
          lastEnd,
          since,
          START,
          Optional.empty());
    }

    private static Tally tally(At at) {
      return new Tally(
          at == At.PENDING ? 1 : 0,
          at == At.AWAY ? 1 : 0,
          at == At.RUNNING ? 1 : 0,
          at == At.SUCCEEDED ? 1 : 0,
          at == At.FAILED ? 1 : 0,
          at == At.LEFT_OUT ? 1 : 0,
          0);
    }
  }
}
