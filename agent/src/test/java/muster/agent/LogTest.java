package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import muster.agent.log.Log;
import org.junit.jupiter.api.Test;

class LogTest {
  @Test
  void message_isOneHarmlessLine() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Log log =
        new Log(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            InstantSource.fixed(Instant.parse("2026-04-15T14:30:00.123456Z")));

    log.warn("a\nb\u001b[2J\u009b\u202e\u2028ö😀");

    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "2026-04-15T14:30:00.123Z WARN  a\\u000ab\\u001b[2J\\u009b\\u202e\\u2028ö😀"
                + System.lineSeparator());
  }
}
