package muster.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LoginGuardTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private final LoginGuard guard = new LoginGuard();

  private void fail(int times, Instant at) {
    for (int i = 0; i < times; i++) {
      guard.failed("anna", "10.0.0.9", at);
    }
  }

  @Test
  void lockedFor_fiveFailuresInAMinute_locksForFive() {
    fail(4, T);
    assertThat(guard.lockedFor("anna", "10.0.0.9", T)).isEmpty();
    fail(1, T.plusSeconds(60));
    assertThat(guard.lockedFor("anna", "10.0.0.9", T.plusSeconds(60)))
        .contains(Duration.ofSeconds(300));
    assertThat(guard.lockedFor("anna", "10.0.0.9", T.plusSeconds(360).minusMillis(1)))
        .contains(Duration.ofMillis(1));
    assertThat(guard.lockedFor("anna", "10.0.0.9", T.plusSeconds(360))).isEmpty();
  }

  @Test
  void lockedFor_otherNameOrAddress_isNot() {
    fail(5, T);
    assertThat(guard.lockedFor("anna", "10.0.0.10", T)).isEmpty();
    assertThat(guard.lockedFor("bert", "10.0.0.9", T)).isEmpty();
  }

  @Test
  void failed_slowly_neverLocks() {
    for (int i = 0; i < 50; i++) {
      fail(1, T.plusSeconds(16L * i));
      assertThat(guard.lockedFor("anna", "10.0.0.9", T.plusSeconds(16L * i))).isEmpty();
    }
  }

  @Test
  void succeeded_forgetsTheFailures() {
    fail(4, T);
    guard.succeeded("anna", "10.0.0.9");
    fail(4, T);
    assertThat(guard.lockedFor("anna", "10.0.0.9", T)).isEmpty();
  }

  @Test
  void failed_afterTheLock_countsFromZero() {
    fail(5, T);
    fail(4, T.plusSeconds(301));
    assertThat(guard.lockedFor("anna", "10.0.0.9", T.plusSeconds(301))).isEmpty();
  }

  @Test
  void failed_byManyNames_keepsWhoIsLocked() {
    fail(5, T);
    for (int i = 0; i < 10_500; i++) {
      guard.failed("name-" + i, "10.0.0.9", T.minusSeconds(i < 9_999 ? 3600 : 0));
    }
    guard.failed("one-more", "10.0.0.9", T);
    assertThat(guard.lockedFor("anna", "10.0.0.9", T)).isPresent();
  }
}
