package muster.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoginGuardTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private final LoginGuard guard = new LoginGuard();

  private Optional<LoginGuard.Refusal> attempt(Instant at) {
    return guard.attempt("anna", "10.0.0.9", at);
  }

  private static LoginGuard.Refusal refusal(String locked, Duration wait, boolean first) {
    return new LoginGuard.Refusal(locked, wait, first);
  }

  private void fail(int times, Instant at) {
    for (int i = 0; i < times; i++) {
      assertThat(attempt(at)).as("attempt %d at %s", i + 1, at).isEmpty();
    }
  }

  @Test
  void attempt_afterFiveInAMinute_waitsForFiveMinutes() {
    fail(4, T);
    fail(1, T.plusSeconds(60));
    assertThat(attempt(T.plusSeconds(60))).contains(refusal("name", Duration.ofSeconds(300), true));
    assertThat(attempt(T.plusSeconds(360).minusMillis(1)))
        .contains(refusal("name", Duration.ofMillis(1), false));
    assertThat(attempt(T.plusSeconds(360))).isEmpty();
  }

  @Test
  void attempt_ofAnotherNameOrFromElsewhere_mayTry() {
    fail(5, T);
    assertThat(guard.attempt("anna", "10.0.0.10", T)).isEmpty();
    assertThat(guard.attempt("bert", "10.0.0.9", T)).isEmpty();
    assertThat(attempt(T)).isPresent();
  }

  @Test
  void attempt_slowly_neverLocks() {
    for (int i = 0; i < 50; i++) {
      fail(1, T.plusSeconds(16L * i));
    }
  }

  @Test
  void succeeded_forgetsTheAttempts() {
    fail(4, T);
    guard.succeeded("anna", "10.0.0.9");
    fail(5, T);
    assertThat(attempt(T)).isPresent();
  }

  @Test
  void attempt_afterTheLock_countsFromZero() {
    fail(5, T);
    fail(5, T.plusSeconds(301));
    assertThat(attempt(T.plusSeconds(301)))
        .contains(refusal("name", Duration.ofSeconds(300), true));
  }

  @Test
  void attempt_ofManyNames_keepsWhoIsLocked() {
    fail(5, T);
    for (int i = 0; i < 10_500; i++) {
      guard.attempt("name-" + i, "10.1.0." + i, T.minusSeconds(i < 9_999 ? 3600 : 0));
    }
    assertThat(attempt(T)).isPresent();
  }

  @Test
  void attempt_ofThirtyNamesFromOneAddress_locksTheAddressAndNoOther() {
    for (int i = 0; i < 30; i++) {
      assertThat(guard.attempt("name-" + i, "10.0.0.9", T)).isEmpty();
    }
    assertThat(guard.attempt("anna", "10.0.0.9", T))
        .contains(refusal("address", Duration.ofSeconds(300), true));
    assertThat(guard.attempt("anna", "10.0.0.10", T)).isEmpty();
    assertThat(guard.attempt("anna", "10.0.0.9", T.plusSeconds(300))).isEmpty();
  }

  @Test
  void attempt_ofManyWhoSucceed_neverLocksTheirAddress() {
    for (int i = 0; i < 100; i++) {
      assertThat(guard.attempt("name-" + i, "10.0.0.9", T)).isEmpty();
      guard.succeeded("name-" + i, "10.0.0.9");
    }
  }

  @Test
  void attempt_ofManyAddresses_staysBounded() {
    for (int i = 0; i < 100_000; i++) {
      guard.attempt("anna", "10.0." + i, T);
    }
    assertThat(guard.size()).isLessThanOrEqualTo(40_000);
  }
}
