package muster.it.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// The shape of a page's example: its keys in their order, and of each value the kind; a time is a
/// time in UTC. An answer may have more keys behind those.
public final class Shape {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Shape() {}

  public static void requireLike(String example, JsonNode answer) {
    try {
      require(JSON.readTree(example), answer, "");
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static void require(JsonNode example, JsonNode answer, String at) {
    assertThat(answer.getNodeType()).as(at).isEqualTo(example.getNodeType());
    if (example.isObject()) {
      List<String> wanted = names(example);
      List<String> found = names(answer);
      assertThat(found).as(at).startsWith(wanted.toArray(String[]::new));
      wanted.forEach(name -> require(example.get(name), answer.get(name), at + "/" + name));
    } else if (example.isArray()) {
      assertThat(answer.isEmpty()).as(at).isEqualTo(example.isEmpty());
      answer.forEach(item -> require(example.get(0), item, at + "/-"));
    } else if (example.isTextual() && example.asText().endsWith(":00Z")) {
      assertThat(answer.asText()).as(at).endsWith("Z");
      assertThat(Instant.parse(answer.asText())).as(at).isNotNull();
    }
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
