package muster.pairing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import muster.enrollment.Use;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

class PairingCodeTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private static PairingCode code(long failuresBefore, Optional<Instant> voidedAt) {
    return new PairingCode(
        "pair_1",
        "key:k",
        Optional.empty(),
        failuresBefore,
        T,
        T.plus(Pairings.CODE_LIFE),
        Optional.empty(),
        voidedAt);
  }

  @Test
  void status_followsTimeUseAndGuessing() {
    PairingCode open = code(0, Optional.empty());
    Use use = new Use(T, Optional.of("hw"), new DeviceId("dev_1"));
    assertThat(open.status(T)).isEqualTo(PairingCode.Status.OPEN);
    assertThat(open.status(T.plusSeconds(300).minusMillis(1))).isEqualTo(PairingCode.Status.OPEN);
    assertThat(open.status(T.plusSeconds(300))).isEqualTo(PairingCode.Status.EXPIRED);
    assertThat(open.usedBy(use).status(T)).isEqualTo(PairingCode.Status.USED);
    PairingCode guessedAt = code(0, Optional.of(T));
    assertThat(guessedAt.status(T)).isEqualTo(PairingCode.Status.VOID);
    assertThat(guessedAt.status(T.plusSeconds(300))).isEqualTo(PairingCode.Status.VOID);
    assertThat(guessedAt.isOpen(T)).isFalse();
  }

  @Test
  void budget_isThirtyWrongCodesInItsLife() {
    PairingCode code = code(100, Optional.empty());
    assertThat(code.isSpent(100)).isFalse();
    assertThat(code.isSpent(129)).isFalse();
    assertThat(code.isSpent(130)).isTrue();
  }
}
