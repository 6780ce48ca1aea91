package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Guessing is hopeless (F031).
class PairingGuessTest {
  private TestMuster muster;
  private int addresses;

  @BeforeEach
  void start() {
    muster = Pairing.behindAProxy();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  /// So many wrong codes, each from another address.
  private void guess(int times, String... good) {
    for (int i = 0; i < times; i++) {
      Pairing.claimFrom(muster, Pairing.address(addresses++), Pairing.wrong(good)).expect(404);
    }
  }

  @Test
  @Tag("F031")
  void oneAddress_hasFiveWrongCodesAMinute() {
    String code = Pairing.code(muster);
    String wrong = Pairing.wrong(code);
    for (int i = 0; i < 5; i++) {
      Pairing.claimFrom(muster, "203.0.113.5", wrong).expect(404);
    }
    for (String any : List.of(wrong, code)) {
      TestReply refused = Pairing.claimFrom(muster, "203.0.113.5", any).expect(429);
      assertThat(refused.text("error")).isEqualTo("too_many_requests");
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(55, 61);
    }
    Pairing.claimFrom(muster, "2001:db8::1", wrong).expect(404);
    muster.clock().advance(Duration.ofSeconds(61));
    Pairing.claimFrom(muster, "203.0.113.5", code).expect(200);
  }

  @Test
  @Tag("F031")
  void oneAddress_ofIpv6CountsByItsNetwork() {
    Pairing.code(muster);
    for (int i = 0; i < 5; i++) {
      Pairing.claimFrom(muster, "2001:db8::" + i, "no code").expect(404);
    }
    Pairing.claimFrom(muster, "2001:db8::6", "no code").expect(429);
  }

  @Test
  @Tag("F031")
  void goodCodes_countForNothing() {
    for (int i = 0; i < 20; i++) {
      Pairing.claimFrom(muster, "203.0.113.5", Pairing.code(muster)).expect(200);
    }
  }

  @Test
  @Tag("F031")
  void thirtiethWrongCode_fromWhereverItComes_makesEveryOpenCodeVoid() throws SQLException {
    TestReply first = Pairing.create(muster);
    TestReply second = Pairing.create(muster);
    String[] codes = {first.text("code"), second.text("code")};
    guess(29, codes);
    Pairing.claimFrom(muster, "198.51.100.1", codes[0]).expect(200);
    guess(1, codes);
    assertThat(Pairing.shape(Pairing.claimFrom(muster, "198.51.100.1", codes[1]).expect(404)))
        .isEqualTo(
            Pairing.shape(
                Pairing.claimFrom(muster, "198.51.100.2", Pairing.wrong(codes)).expect(404)));
    assertThat(
            muster.admin().get(Pairing.PATH + "/" + second.text("id")).expect(200).text("status"))
        .isEqualTo("void");
    muster.admin().get(Pairing.PATH + "/qr").expect(404);

    List<JsonNode> alerts = Pairing.audit(muster, "pairing.guessing");
    assertThat(alerts).hasSize(1);
    assertThat(alerts.getFirst().path("outcome").asText()).isEqualTo("denied");
    assertThat(alerts.getFirst().path("address").asText()).startsWith("203.0.");
    assertThat(Pairing.events(muster, "pairing.guessing")).isEqualTo(1);
  }

  @Test
  @Tag("F031")
  void aThousandWrongCodes_fromManyAddresses_leaveNothingToFind() throws SQLException {
    String code = Pairing.code(muster);
    guess(1_000, code);
    Pairing.claimFrom(muster, "198.51.100.1", code).expect(404);
    assertThat(Pairing.audit(muster, "pairing.guessing")).hasSize(1);
    assertThat(Pairing.events(muster, "pairing.guessing")).isEqualTo(1);
    // And a code made after that is as good as any.
    Pairing.claimFrom(muster, "198.51.100.1", Pairing.code(muster)).expect(200);
  }

  @Test
  @Tag("F031")
  void wrongCodes_areCountedOverARestart() {
    String code = Pairing.code(muster);
    guess(29, code);
    muster.restart();
    guess(1, code);
    Pairing.claimFrom(muster, "198.51.100.1", code).expect(404);
  }

  @Test
  @Tag("F031")
  void wrongCodes_beforeACodeWasMade_doNotCountAgainstIt() {
    guess(60);
    String code = Pairing.code(muster);
    guess(29, code);
    Pairing.claimFrom(muster, "198.51.100.1", code).expect(200);
  }

  @Test
  @Tag("F031")
  void usedCode_countsForNoOther() throws SQLException {
    String used = Pairing.code(muster);
    Pairing.claim(muster, used, "hw-used").expect(200);
    guess(29, used);
    muster.clock().advance(Duration.ofMinutes(6));
    String fresh = Pairing.code(muster);
    guess(2, used, fresh);
    assertThat(Pairing.audit(muster, "pairing.guessing")).isEmpty();
    assertThat(Pairing.events(muster, "pairing.guessing")).isZero();
    Pairing.claimFrom(muster, "198.51.100.1", fresh).expect(200);
    Pairing.claim(muster, used, "hw-used").expect(404);
  }

  @Test
  @Tag("F031")
  void lostAnswer_cannotBeGuessedForEither() {
    String code = Pairing.code(muster);
    Pairing.claim(muster, code, "hw-guess").expect(200);
    guess(30, code);
    Pairing.claim(muster, code, "hw-guess").expect(404);
  }

  @Test
  @Tag("F030")
  @Tag("F031")
  void codeAndSecret_standNeitherInTheDataDirectoryNorInTheLog() throws IOException {
    Logger root = (Logger) LoggerFactory.getLogger("muster");
    Level before = root.getLevel();
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    root.setLevel(Level.TRACE);
    root.addAppender(lines);
    try {
      String code = Pairing.code(muster);
      byte[] png = muster.admin().get(Pairing.PATH + "/qr").expect(200).bytes();
      String secret = Qr.field(Qr.ofPng(png), "secret");
      Pairing.claim(muster, Map.of("secret", secret + "x", "code", code)).expect(404);
      Pairing.claim(muster, Map.of("code", code, "hardware_id", 5)).expect(422);
      assertNotIn(muster.data(), code, secret);
      String token = Pairing.claim(muster, code, "hw-secret").expect(200).text("token");
      Pairing.claim(muster, code, "hw-other").expect(404);
      muster.stop();
      assertNotIn(muster.data(), code, secret, token.split("_")[2]);
      assertThat(lines.list)
          .isNotEmpty()
          .allSatisfy(
              line -> assertThat(line.getFormattedMessage()).doesNotContain(code, secret, token));
      muster.startAgain();
    } finally {
      root.detachAppender(lines);
      root.setLevel(before);
    }
  }

  private static void assertNotIn(Path data, String... secrets) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        for (String secret : secrets) {
          // Six digits within a longer number are none.
          Pattern alone = Pattern.compile("(?<![0-9.])" + Pattern.quote(secret) + "(?![0-9])");
          assertThat(alone.matcher(bytes).find()).as("%s in %s", secret, file).isFalse();
        }
      }
    }
  }
}
