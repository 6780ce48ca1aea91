package muster.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private static final Logger LOGGER = new LoggerContext().getLogger("muster.test");

  private static String line(String message, @Nullable Throwable problem) {
    LoggingEvent event = new LoggingEvent("", LOGGER, Level.WARN, message, problem, null);
    event.setMDCPropertyMap(Map.of("request_id", "req_1"));
    return new String(new JsonLines().encode(event), StandardCharsets.UTF_8);
  }

  @Test
  void event_isOneObjectOnOneLine() throws IOException {
    String line = line("a message", new IllegalStateException("broken\nhere"));
    assertThat(line.lines()).hasSize(1);
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(json.path("level").asText()).isEqualTo("WARN");
    assertThat(json.path("logger").asText()).isEqualTo("muster.test");
    assertThat(json.path("message").asText()).isEqualTo("a message");
    assertThat(json.path("request_id").asText()).isEqualTo("req_1");
    assertThat(json.path("error").asText()).contains("broken\nhere").contains("JsonLinesTest");
    assertThat(json.path("time").asText()).endsWith("Z");
  }

  @Test
  void textOfStrangers_forgesNoLine_andReachesNoTerminal() throws IOException {
    String hostile = "x\n{\"level\":\"ERROR\"}\r\u2028\u0085\u001b[2J\u007f\u0000\ud83d\ude00\"}";
    String line = line(hostile, null);
    assertThat(line.chars().filter(c -> c < ' ' || c >= 0x7f)).containsExactly((int) '\n');
    assertThat(new ObjectMapper().readTree(line).path("message").asText()).isEqualTo(hostile);
  }
}
