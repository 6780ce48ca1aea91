package muster.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.JSch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which keys of machines count, and how they are remembered (sshd(8), SSH_KNOWN_HOSTS).
class KnownHostsTest {
  private static final String TYPE = "ecdsa-sha2-nistp256";

  @TempDir private Path directory;

  private Path file;
  private byte[] key;
  private byte[] other;

  @BeforeEach
  void keys() throws Exception {
    file = directory.resolve("ssh/known_hosts");
    Files.createDirectories(file.getParent());
    key = TestKeys.pair().getPublicKeyBlob();
    other = TestKeys.pair().getPublicKeyBlob();
  }

  private static String line(String host, byte[] blob) {
    return "%s %s %s".formatted(host, TYPE, Base64.getEncoder().encodeToString(blob));
  }

  /// As OpenSSH writes it with `HashKnownHosts yes`.
  private static String hashed(String host) throws Exception {
    byte[] salt = "twenty bytes of salt".getBytes(StandardCharsets.US_ASCII);
    Mac mac = Mac.getInstance("HmacSHA1");
    mac.init(new SecretKeySpec(salt, "HmacSHA1"));
    Base64.Encoder base64 = Base64.getEncoder();
    return "|1|%s|%s"
        .formatted(
            base64.encodeToString(salt),
            base64.encodeToString(mac.doFinal(host.getBytes(StandardCharsets.US_ASCII))));
  }

  private Trust trust(String... lines) throws Exception {
    Files.writeString(file, String.join("\n", lines) + "\n");
    JSch jsch = new JSch();
    new KnownHosts(file).load(jsch);
    return new Trust(jsch.getHostKeyRepository(), Optional.empty(), shown -> {});
  }

  private void assertTaken(Trust trust, String host, boolean isKnown) {
    assertThat(trust.check(host, key)).isEqualTo(HostKeyRepository.OK);
    assertThat(trust.accepted().orElseThrow().isKnown()).isEqualTo(isKnown);
  }

  @Test
  void anotherPort_isAnotherServer_alsoWhereTheNameIsHashed() throws Exception {
    for (String host : new String[] {"db", hashed("db")}) {
      assertTaken(trust(line(host, other)), "[db]:2222", false);
      assertTaken(trust(line(host, key)), "[db]:2222", false);
      assertThat(trust(line(host, other)).check("db", key)).isEqualTo(HostKeyRepository.CHANGED);
      assertTaken(trust(line(host, key)), "db", true);
    }
  }

  @Test
  void keyOfThatPort_counts_plainHashedOrInAList() throws Exception {
    for (String host : new String[] {"[db]:2222", hashed("[db]:2222"), "x,[db]:2222"}) {
      assertTaken(trust(line("db", other), line(host, key)), "[db]:2222", true);
      assertThat(trust(line("db", key), line(host, other)).check("[db]:2222", key))
          .as(host)
          .isEqualTo(HostKeyRepository.CHANGED);
    }
  }

  @Test
  void keyThatIsRevoked_isRefused_evenWhereNothingElseIsKnown() throws Exception {
    Trust trust = trust("@revoked " + line("db", key));
    assertThat(trust.check("db", key)).isEqualTo(HostKeyRepository.CHANGED);
    assertThat(trust.refusal().orElseThrow()).contains("revoked");
    assertTaken(trust("@revoked " + line("db", other)), "db", false);
  }

  @Test
  void add_lastLineWithoutAnEnd_staysALineOfItsOwn() throws Exception {
    Files.writeString(file, line("old", other));
    KnownHosts known = new KnownHosts(file);
    known.add(new HostKey("new", key));
    known.add(new HostKey("newer", key));
    assertThat(Files.readAllLines(file))
        .containsExactly(line("old", other), line("new", key), line("newer", key));
  }

  @Test
  void add_toNoFile_makesIt() throws Exception {
    new KnownHosts(file).add(new HostKey("new", key));
    assertThat(Files.readAllLines(file)).containsExactly(line("new", key));
  }
}
