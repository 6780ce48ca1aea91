package muster.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterMatchTest {
  private static final Subject WEB =
      Samples.subject(
          Map.of(
              "id", List.of("dev_aB"),
              "name", List.of("Web-1 Ärger"),
              "status", List.of("online"),
              "tag", List.of("prod", "eu"),
              "last_seen", List.of(Instant.parse("2024-01-01T12:00:00.500Z")),
              "cpu_percent", List.of(80.0),
              "metadata.location", List.of("Building A")));

  /// The subject has no platform, device_type or memory_percent.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "''                                   | true",
        "id:dev_aB                            | true",
        "id:dev_ab                            | false",
        "id:x,dev_aB                          | true",
        "id:dev*                              | true",
        "id:DEV*                              | false",
        "id:*AB                               | false",
        "id:*aB                               | true",
        "id:*ev_*                             | true",
        "name:\"web-1 Ärger\"                 | true",
        "name:\"web-1 ärger\"                 | false",
        "name:WEB*                            | true",
        "name:*RGER                           | true",
        "name:*B-1*                           | true",
        "name:*%*                             | false",
        "status:OFFLINE,ONLINE                | true",
        "status:offline                       | false",
        "NOT status:offline                   | true",
        "status:*                             | true",
        "tag:eu                               | true",
        "tag:EU                               | false",
        "tag:us                               | false",
        "NOT tag:us                           | true",
        "tag:pr*                              | true",
        "tag:*                                | true",
        "cpu_percent:80                       | true",
        "cpu_percent:80,90                    | true",
        "cpu_percent:>80                      | false",
        "cpu_percent:>=80                     | true",
        "cpu_percent:<80                      | false",
        "cpu_percent:<=80                     | true",
        "cpu_percent:>79.9                    | true",
        "last_seen:2024-01-01                 | true",
        "last_seen:2024-01-02                 | false",
        "last_seen:2023-01-01,2024-01-01      | true",
        "last_seen:>2024-01-01                | true",
        "last_seen:<2024-01-02                | true",
        "last_seen:<=2024-01-01               | false",
        "last_seen:2024-01-01T12:00:00.500Z   | true",
        "last_seen:2024-01-01T12:00:00.5009Z  | true",
        "last_seen:2024-01-01T12:00:00Z       | false",
        "last_seen:>-120d                     | false",
        "last_seen:>-121d                     | true",
        "last_seen:<+1h                       | true",
        "metadata.location:\"Building A\"     | true",
        "metadata.location:building*          | false",
        "metadata.location:*                  | true",
        "metadata.owner:*                     | false",
        "NOT metadata.owner:x                 | true",
        "platform:linux                       | false",
        "NOT platform:linux                   | true",
        "platform:*                           | false",
        "memory_percent:>0                    | false",
        "memory_percent:<=0                   | false",
        "NOT memory_percent:>0                | true",
        "status:offline AND tag:eu            | false",
        "status:offline OR tag:eu             | true",
        "NOT (status:online AND tag:eu)       | false",
        "NOT (platform:linux OR tag:us)       | true",
      })
  void matches_table(String filter, boolean expected) {
    assertThat(Samples.matches(filter, WEB)).as(filter).isEqualTo(expected);
    assertThat(
            Samples.matches(filter, WEB)
                ^ Filter.parse(filter.isEmpty() ? "id:*" : "NOT (" + filter + ")", Samples.SCHEMA)
                    .matches(WEB, Samples.NOW))
        .as("complement of " + filter)
        .isEqualTo(!filter.isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "9007199254740993, >9007199254740992, true",
    "9007199254740993, <9007199254740994, true",
    "9007199254740993, 9007199254740992, false",
    "5, 5.0, true"
  })
  void matches_long_isExact(long value, String filter, boolean expected) {
    Subject subject = Samples.subject(Map.of("cpu_percent", List.of(value)));
    assertThat(Samples.matches("cpu_percent:" + filter, subject)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"NaN, *, false", "NaN, >0, false", "-0.0, 0, true", "Infinity, >1e300, true"})
  void matches_oddDoubles(double value, String filter, boolean expected) {
    Subject subject = Samples.subject(Map.of("cpu_percent", List.of(value)));
    assertThat(Samples.matches("cpu_percent:" + filter, subject)).isEqualTo(expected);
  }
}
