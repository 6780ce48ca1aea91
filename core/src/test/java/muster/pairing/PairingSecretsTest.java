package muster.pairing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.id.RandomIds;
import org.junit.jupiter.api.Test;

class PairingSecretsTest {
  private final PairingSecrets secrets = new PairingSecrets(new byte[] {1, 2, 3});

  private static PairingCode code(String id) {
    return new PairingCode(
        id,
        "key:k",
        Optional.empty(),
        0,
        Instant.EPOCH,
        Instant.EPOCH,
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void codes_haveSixDigitsAndSpreadOverAll() {
    int[] first = new int[10];
    for (int i = 0; i < 20_000; i++) {
      String code = secrets.code(RandomIds.next("pair"));
      assertThat(code).matches("[0-9]{6}");
      first[code.charAt(0) - '0']++;
    }
    // Leading zeros as often as anything else: 2,000 each, give or take six deviations.
    assertThat(Arrays.stream(first)).allMatch(count -> count >= 1_740 && count <= 2_260);
  }

  @Test
  void secrets_have128BitsAndNeedNoEscape() {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      String secret = secrets.secret("pair_" + i);
      assertThat(secret).matches("[A-Za-z0-9_-]{22}");
      all.add(secret);
    }
    assertThat(all).hasSize(1_000);
  }

  @Test
  void sameIdAndKey_areTheSameAgain_anotherKeyIsNot() {
    PairingSecrets again = new PairingSecrets(new byte[] {1, 2, 3});
    PairingSecrets other = new PairingSecrets(new byte[] {1, 2, 4});
    assertThat(again.secret("pair_1")).isEqualTo(secrets.secret("pair_1"));
    assertThat(again.code("pair_1")).isEqualTo(secrets.code("pair_1"));
    assertThat(other.secret("pair_1")).isNotEqualTo(secrets.secret("pair_1"));
  }

  @Test
  void find_takesTheCodeOrTheSecretButNotOneForTheOther() {
    List<PairingCode> codes = List.of(code("pair_1"), code("pair_2"), code("pair_3"));
    String code = secrets.code("pair_2");
    String secret = secrets.secret("pair_2");
    assertThat(secrets.find(codes, new Proof.Code(code))).contains(codes.get(1));
    assertThat(secrets.find(codes, new Proof.Secret(secret))).contains(codes.get(1));
    assertThat(secrets.find(codes, new Proof.Secret(code))).isEmpty();
    assertThat(secrets.find(codes, new Proof.Code(secret))).isEmpty();
    assertThat(secrets.find(codes, new Proof.Code(""))).isEmpty();
    assertThat(secrets.find(List.of(), new Proof.Code(code))).isEmpty();
  }

  @Test
  void printed_theyShowNothing() {
    String code = secrets.code("pair_1");
    String secret = secrets.secret("pair_1");
    String printed =
        new Proof.Code(code)
            + " "
            + new Proof.Secret(secret)
            + " "
            + new Pairings.Shown(code("pair_1"), code, secret);
    assertThat(printed).doesNotContain(code).doesNotContain(secret);
  }
}
