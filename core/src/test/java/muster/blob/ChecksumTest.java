package muster.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import muster.fault.Fault;
import org.junit.jupiter.api.Test;

class ChecksumTest {
  /// Of `abc`, as FIPS 180-4 has it.
  private static final Checksum ABC =
      new Checksum("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

  @Test
  void ofBytes_isTheStandards() {
    assertThat(Checksum.of("abc".getBytes(StandardCharsets.US_ASCII))).isEqualTo(ABC);
  }

  @Test
  void text_andHeader_areReadBack() {
    assertThat(Checksum.parse(ABC.text())).contains(ABC);
    assertThat(Checksum.ofHeader("Repr-Digest", ABC.header())).contains(ABC);
    assertThat(Checksum.ofHeader("Repr-Digest", "sha-512=:AAAA:, " + ABC.header())).contains(ABC);
  }

  @Test
  void otherText_isNone() {
    assertThat(Checksum.parse("sha256:" + ABC.hex().toUpperCase(java.util.Locale.ROOT))).isEmpty();
    assertThat(Checksum.parse(ABC.hex())).isEmpty();
    assertThat(Checksum.ofHeader("Repr-Digest", "sha-512=:AAAA:")).isEmpty();
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Checksum.ofHeader("Repr-Digest", "sha-256=:AAAA:"))
        .withMessageContaining("Repr-Digest");
  }
}
