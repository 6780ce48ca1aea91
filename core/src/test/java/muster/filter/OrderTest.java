package muster.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrderTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name                          | name ASC",
        "last_seen DESC,name           | last_seen DESC, name ASC",
        "' last_seen  desc ,  type asc '| last_seen DESC, device_type ASC",
        "cpu_usage DESC, last_seen DESC| cpu_percent DESC, last_seen DESC",
      })
  void parse_valid_hasCanonicalText(String text, String canonical) {
    Order order = Order.parse(text, Samples.SCHEMA);
    assertThat(order).hasToString(canonical);
    assertThat(Order.parse(canonical, Samples.SCHEMA)).isEqualTo(order);
  }

  @Test
  void parse_blank_isById() {
    assertThat(Order.parse(" ", Samples.SCHEMA)).isEqualTo(Order.BY_ID).hasToString("");
    assertThat(Order.BY_ID.tieBreak()).isEqualTo(Order.Direction.ASC);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "api_key ASC     | column 1: field: \"api_key\" (expected: one of id, name, status,"
            + " device_type, platform, last_seen, cpu_percent)",
        "tag             | column 1: field: \"tag\" (expected: one of id, name, status,"
            + " device_type, platform, last_seen, cpu_percent)",
        "metadata.a      | column 1: field: \"metadata.a\" (expected: one of id, name, status,"
            + " device_type, platform, last_seen, cpu_percent)",
        "memory_usage    | column 1: field: \"memory_usage\" (expected: one of id, name, status,"
            + " device_type, platform, last_seen, cpu_percent)",
        "name,           | column 6: field: \"\" (expected: one of id, name, status,"
            + " device_type, platform, last_seen, cpu_percent)",
        "name`; DROP     | column 1: field: \"name`;\" (expected: one of id, name, status,"
            + " device_type, platform, last_seen, cpu_percent)",
        "name DOWN       | column 6: name: \"DOWN\" (expected: ASC or DESC)",
        "name ASC DESC   | column 6: name: \"ASC DESC\" (expected: ASC or DESC)",
        "name, type, name| column 12: field: \"name\" (expected: each field once)",
        "id, name, status, type, os| column 24: key 5: \"os\" (expected: at most 4)",
      })
  void parse_invalid_namesWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> Order.parse(text, Samples.SCHEMA))
        .isInstanceOf(FilterException.class)
        .hasMessage("order_by: " + message);
  }

  @Test
  void parse_tooLongOrControl_isRefused() {
    assertThatThrownBy(() -> Order.parse("name,".repeat(1_000), Samples.SCHEMA))
        .hasMessage("order_by: longer than an order can be (expected: at most 512 characters)");
    assertThatThrownBy(() -> Order.parse("name\n", Samples.SCHEMA))
        .hasMessage(
            "order_by: column 5: character U+000A (expected: no control characters or broken"
                + " ones)");
  }

  private record Item(String id, Map<String, List<?>> fields) implements Subject {
    @Override
    public List<?> values(String field, String key) {
      return fields.getOrDefault(field, List.of());
    }
  }

  @Test
  void comparator_absentLastBothWays_idInTheLastDirection() {
    List<Item> items =
        List.of(
            new Item("1", Map.of()),
            new Item("2", Map.of("cpu_percent", List.of(5L))),
            new Item("3", Map.of("cpu_percent", List.of(7.5))),
            new Item("4", Map.of("cpu_percent", List.of(Double.NaN))),
            new Item("5", Map.of("cpu_percent", List.of(5.0))));
    assertThat(sorted(items, "cpu_percent")).isEqualTo("25314");
    assertThat(sorted(items, "cpu_percent DESC")).isEqualTo("35241");
    assertThat(sorted(items, "")).isEqualTo("12345");
  }

  @Test
  void comparator_text_byCodePoint_namesWithoutAsciiCase() {
    List<Item> items = new ArrayList<>();
    for (String text : List.of("b", "B", "a", "Z", "ä", "😀", "\uE000", "_")) {
      items.add(new Item(text, Map.of("name", List.of(text), "id", List.of(text))));
    }
    assertThat(sorted(items, "id")).isEqualTo("BZ_abä\uE000😀");
    assertThat(sorted(items, "name")).isEqualTo("_aBbZä\uE000😀");
    assertThat(sorted(items, "name DESC")).isEqualTo("😀\uE000äZbBa_");
  }

  private static String sorted(List<Item> items, String order) {
    List<Item> sorted = new ArrayList<>(items);
    sorted.sort(
        Order.parse(order, Samples.SCHEMA).<Item>comparator(Comparator.comparing(Item::id)));
    StringBuilder ids = new StringBuilder();
    sorted.forEach(item -> ids.append(item.id()));
    return ids.toString();
  }
}
