package muster.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VerifiedJwtsTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final List<String> checked = new ArrayList<>();
  private Instant until = START.plus(Duration.ofHours(1));
  private final VerifiedJwts jwts =
      new VerifiedJwts((text, now) -> {
        checked.add(text);
        return text.startsWith("bad")
            ? Optional.empty()
            : Optional.of(new JwtProof.OfCredential("key_1", until));
      });

  private boolean isGood(String text, Instant now) {
    return jwts.proof(text, now).isPresent();
  }

  @Test
  void goodToken_isCheckedOnceInFiveMinutes() {
    assertThat(isGood("a.b.c", START)).isTrue();
    assertThat(isGood("a.b.c", START.plus(VerifiedJwts.KEPT).minusNanos(1))).isTrue();
    assertThat(checked).hasSize(1);
    assertThat(isGood("a.b.c", START.plus(VerifiedJwts.KEPT))).isTrue();
    assertThat(checked).hasSize(2);
  }

  @Test
  void rememberedToken_endsToTheInstant() {
    until = START.plusSeconds(10);
    assertThat(isGood("a.b.c", START)).isTrue();
    assertThat(isGood("a.b.c", until.minusNanos(1))).isTrue();
    assertThat(isGood("a.b.c", until)).isFalse();
  }

  @Test
  void badToken_isCheckedEachTime() {
    assertThat(isGood("bad.b.c", START)).isFalse();
    assertThat(isGood("bad.b.c", START)).isFalse();
    assertThat(checked).hasSize(2);
    assertThat(jwts.remembered("bad.b.c", START)).isEmpty();
  }

  @Test
  void textWithoutTheForm_isNotChecked() {
    for (String text :
        List.of("", "abc", "a.b", "a.b.c.d", "a.b." + "c".repeat(VerifiedJwts.MAX_LENGTH))) {
      assertThat(isGood(text, START)).isFalse();
    }
    assertThat(checked).isEmpty();
  }

  @Test
  void tenThousandTokens_areRemembered_andTheOldestGivesWay() {
    for (int i = 0; i <= 10_000; i++) {
      isGood("a.b." + i, START);
    }
    assertThat(jwts.remembered("a.b.0", START)).isEmpty();
    assertThat(jwts.remembered("a.b.1", START)).isPresent();
    assertThat(jwts.remembered("a.b.10000", START)).isPresent();
  }
}
