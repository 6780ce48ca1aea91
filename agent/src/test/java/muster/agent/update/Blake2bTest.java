package muster.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class Blake2bTest {
  private static String hash(byte[] bytes, int piece) {
    Blake2b hash = new Blake2b();
    for (int at = 0; at < bytes.length; at += piece) {
      hash.update(bytes, at, Math.min(piece, bytes.length - at));
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  /// RFC 7693, appendix A.
  @Test
  void abc_asTheRfcHasIt() {
    assertThat(hash("abc".getBytes(StandardCharsets.UTF_8), 1))
        .isEqualTo(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  }

  @Test
  void nothing_hasAHashToo() {
    assertThat(hash(new byte[0], 1))
        .isEqualTo(
            "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
                + "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce");
  }

  /// As Python's hashlib has them.
  @Test
  void piecesOfAnySize_makeTheSame() {
    byte[] bytes = new byte[1000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 251);
    }
    for (int piece : new int[] {1, 7, 127, 128, 129, 1000}) {
      assertThat(hash(bytes, piece))
          .isEqualTo(
              "c11e1c0340bd7e5a1b275f1230c962fad215ecb1391486e74e31b960a2f29963"
                  + "81a5fad092da06841d5f26e38f6ecfeaf441acbcd1c2de61aef121e7927175f5");
    }
    assertThat(hash(new byte[128], 128))
        .isEqualTo(
            "865939e120e6805438478841afb739ae4250cf372653078a065cdcfffca4caf7"
                + "98e6d462b65d658fc165782640eded70963449ae1500fb0f24981d7727e22c41");
  }
}
