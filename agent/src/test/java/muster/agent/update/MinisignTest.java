package muster.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MinisignTest {
  /// Made by minisign itself, of the four bytes `test`.
  private static final String KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

  private static final String SIGNATURE =
      "untrusted comment: signature from minisign secret key\n"
          + "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+d"
          + "P9eKL8OC351vwIasSSbXxwA=\n"
          + "trusted comment: timestamp:1555779966\tfile:test\n"
          + "QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k"
          + "/SfNQUaOAA==\n";

  @TempDir private Path directory;
  private Path file = Path.of("/");

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(directory.resolve("test"), "test");
  }

  private void assertRefused(Reason reason, Optional<String> signature, String key) {
    assertThatThrownBy(() -> Minisign.verify(file, signature, List.of(key)))
        .isInstanceOfSatisfying(
            UpdateException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void signatureOfMinisign_isGood() {
    assertThatCode(() -> Minisign.verify(file, Optional.of(SIGNATURE), List.of(KEY)))
        .doesNotThrowAnyException();
  }

  @Test
  void withoutKeys_nothingIsAskedFor() {
    assertThatCode(() -> Minisign.verify(file, Optional.empty(), List.of()))
        .doesNotThrowAnyException();
  }

  @Test
  void withKeys_aSignatureIsAskedFor() {
    assertRefused(Reason.UNSIGNED, Optional.empty(), KEY);
  }

  @Test
  void anotherFile_isRefused() throws IOException {
    Files.writeString(file, "Test");
    assertRefused(Reason.WRONG_SIGNATURE, Optional.of(SIGNATURE), KEY);
  }

  @Test
  void anotherTrustedComment_isRefused() {
    assertRefused(
        Reason.WRONG_SIGNATURE, Optional.of(SIGNATURE.replace("file:test", "file:tset")), KEY);
  }

  @Test
  void keyThatNobodyTrusts_isRefused() {
    assertRefused(Reason.UNTRUSTED_KEY, Optional.of(SIGNATURE), "RWR" + KEY.substring(3));
  }

  /// As minisign signs since 0.10: over the BLAKE2b of the file.
  @Test
  void hashedSignature_isGood() throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = keys.getPublic().getEncoded();
    byte[] raw = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    Blake2b hash = new Blake2b();
    hash.update("test".getBytes(StandardCharsets.UTF_8), 0, 4);
    byte[] first = sign(keys, hash.digest());
    byte[] comment = "hashed".getBytes(StandardCharsets.UTF_8);
    byte[] both = Arrays.copyOf(first, first.length + comment.length);
    System.arraycopy(comment, 0, both, first.length, comment.length);
    String signature =
        "untrusted comment: a\n"
            + base64("ED", first)
            + "\ntrusted comment: hashed\n"
            + Base64.getEncoder().encodeToString(sign(keys, both));
    assertThatCode(() -> Minisign.verify(file, Optional.of(signature), List.of(base64("Ed", raw))))
        .doesNotThrowAnyException();
  }

  private static byte[] sign(KeyPair keys, byte[] content) throws Exception {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(keys.getPrivate());
    signature.update(content);
    return signature.sign();
  }

  private static String base64(String algorithm, byte[] content) {
    byte[] all = new byte[2 + 8 + content.length];
    all[0] = (byte) algorithm.charAt(0);
    all[1] = (byte) algorithm.charAt(1);
    System.arraycopy(content, 0, all, 10, content.length);
    return Base64.getEncoder().encodeToString(all);
  }

  @Test
  void rubbish_isRefusedAndNeverMore() throws IOException {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      StringBuilder broken = new StringBuilder(SIGNATURE);
      for (int change = 0; change <= random.nextInt(4); change++) {
        broken.setCharAt(random.nextInt(broken.length()), (char) (1 + random.nextInt(126)));
      }
      try {
        Minisign.verify(file, Optional.of(broken.toString()), List.of(KEY));
      } catch (UpdateException expected) {
        // anything else fails the test
      }
    }
  }
}
