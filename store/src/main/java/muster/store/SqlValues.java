package muster.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How values of the core stand in columns.
final class SqlValues {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_LONG_FOR_INTS);

  private static final ObjectReader TEXTS = JSON.readerFor(new TypeReference<List<String>>() {});
  private static final ObjectReader TEXT_MAP =
      JSON.readerFor(new TypeReference<Map<String, String>>() {});
  private static final ObjectReader SORTED_TEXT_MAP =
      JSON.readerFor(new TypeReference<TreeMap<String, String>>() {});
  private static final ObjectReader MAP =
      JSON.readerFor(new TypeReference<Map<String, Object>>() {});

  private SqlValues() {}

  static long millis(Instant at) {
    return at.toEpochMilli();
  }

  static @Nullable Long millis(Optional<Instant> at) {
    return at.map(Instant::toEpochMilli).orElse(null);
  }

  static <T> @Nullable T orNull(Optional<T> value) {
    return value.orElse(null);
  }

  static int flag(boolean value) {
    return value ? 1 : 0;
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a JSON value", e);
    }
  }

  static List<String> texts(String json) {
    return json.equals("[]") ? List.of() : read(json, TEXTS);
  }

  static Map<String, String> textMap(String json) {
    return json.equals("{}") ? Map.of() : read(json, TEXT_MAP);
  }

  static SortedMap<String, String> sortedTextMap(String json) {
    return read(json, SORTED_TEXT_MAP);
  }

  static Map<String, Object> map(String json) {
    return read(json, MAP);
  }

  private static <T> T read(String json, ObjectReader reader) {
    try {
      return reader.readValue(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("broken JSON in the store", e);
    }
  }
}
