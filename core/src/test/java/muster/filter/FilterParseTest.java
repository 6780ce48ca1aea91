package muster.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterParseTest {

  /// Text, and the canonical text of its tree.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "status:online                              | status:online",
        "status:ONLINE,Offline                      | status:online,offline",
        "type:raspberry-pi,esp32                    | device_type:raspberry-pi,esp32",
        "system_info.os:Linux                       | platform:Linux",
        "name:web*                                  | name:web*",
        "name:web*,db*                              | name:web*,db*",
        "name:*web                                  | name:*web",
        "name:*web*                                 | name:*web*",
        "name:*                                     | name:*",
        "name:\\*                                   | name:\"*\"",
        "name:\"a b\"                               | name:\"a b\"",
        "name:\"web\"                               | name:web",
        "name:\"a b\"*                              | name:\"a b\"*",
        "name:*\"a b\"*                             | name:*\"a b\"*",
        "name:a\\ b\\,c                             | name:\"a b,c\"",
        "name:\"say \\\"hi\\\" \\\\\"               | name:\"say \\\"hi\\\" \\\\\"",
        "name:\\>5                                  | name:\">5\"",
        "name:\"\"                                  | name:\"\"",
        "name:aa:bb:cc                              | name:aa:bb:cc",
        "name:NOT                                   | name:NOT",
        "cpu_usage:>80                              | cpu_percent:>80",
        "cpu_percent:>=80.50                        | cpu_percent:>=80.5",
        "cpu_percent:<-1e2                          | cpu_percent:<-100",
        "cpu_percent:-0                             | cpu_percent:0",
        "last_seen:>2024-01-01                      | last_seen:>2024-01-01",
        "last_seen:<=2024-01-01T02:00:00+02:00      | last_seen:<=2024-01-01T00:00:00Z",
        "last_seen:>-600s                           | last_seen:>-10m",
        "last_seen:<+7d                             | last_seen:<+7d",
        "metadata.location:x                        | metadata.location:x",
        "metadata.a.b\\:c:x                         | metadata.a.b\\:c:x",
        "NOT status:offline                         | NOT status:offline",
        "NOT NOT status:offline                     | NOT NOT status:offline",
        "NOT (tag:a AND tag:b)                      | NOT (tag:a AND tag:b)",
        "NOT(tag:a)AND tag:b                        | NOT tag:a AND tag:b",
        "(tag:a OR tag:b) AND tag:c                 | (tag:a OR tag:b) AND tag:c",
        "(tag:a AND tag:b) OR tag:c                 | tag:a AND tag:b OR tag:c",
        "tag:a AND (tag:b AND tag:c)                | tag:a AND tag:b AND tag:c",
        "'  tag:a   AND  ( tag:b )  '               | tag:a AND tag:b",
      })
  void parse_valid_hasCanonicalText(String text, String canonical) {
    Filter filter = Filter.parse(text, Samples.SCHEMA);
    assertThat(filter).hasToString(canonical);
    assertThat(Filter.parse(canonical, Samples.SCHEMA)).isEqualTo(filter);
  }

  @Test
  void parse_blank_isAll() {
    assertThat(Filter.parse("", Samples.SCHEMA)).isEqualTo(Filter.ALL);
    assertThat(Filter.parse("   ", Samples.SCHEMA)).isEqualTo(Filter.ALL);
    assertThat(Filter.ALL).hasToString("");
  }

  @Test
  void parse_mixed_notBeforeAndBeforeOr() {
    assertThat(Filter.parse("tag:a OR NOT tag:b AND tag:c", Samples.SCHEMA))
        .isEqualTo(Filter.or(tag("a"), Filter.and(Filter.not(tag("b")), tag("c"))));
  }

  @Test
  void parse_term_knowsItsColumn() {
    Filter filter = Filter.parse("name:\"😀\" AND tag:b", Samples.SCHEMA);
    assertEquals(14, ((Filter.Term) ((Filter.And) filter).parts().get(1)).position());
  }

  @Test
  void and_withAll_isTheOther() {
    assertThat(Filter.and(Filter.ALL, tag("a"))).isEqualTo(tag("a"));
    assertThat(Filter.and(Filter.ALL, Filter.ALL)).isEqualTo(Filter.ALL);
    assertThat(Filter.or(Filter.ALL, tag("a"))).isEqualTo(Filter.ALL);
    assertThat(Filter.and(tag("a"), Filter.and(tag("b"), tag("c"))))
        .hasToString("tag:a AND tag:b AND tag:c");
  }

  @Test
  void term_byProgram_isLiteralAndChecked() {
    assertThat(Samples.SCHEMA.term("name", Op.CONTAINS, "50%*\""))
        .hasToString("name:*\"50%*\\\"\"*");
    assertThat(Samples.SCHEMA.term("metadata.a b", Op.EXISTS)).hasToString("metadata.a\\ b:*");
    assertThatThrownBy(() -> Samples.SCHEMA.term("name", Op.CONTAINS, "a\0b"))
        .isInstanceOf(FilterException.class);
    assertThatThrownBy(() -> Samples.SCHEMA.term("status", Op.EQ, "up"))
        .hasMessage("filter: status: \"up\" (expected: online, offline, unknown)");
    assertThrows(IllegalArgumentException.class, () -> Samples.SCHEMA.term("name", Op.EQ));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "status:onlin          | column 8: status: \"onlin\" (expected: online, offline, unknown)",
        "tag:a AND status:on*  | column 18: status: \"on*\" (expected: online, offline, unknown)",
        "tenant_id:t2 OR status:online | column 1: field: \"tenant_id\" (expected: one of id, name,"
            + " status, device_type, platform, tag, last_seen, cpu_percent, memory_percent,"
            + " metadata.<key>)",
        "metadata:x            | column 1: field: \"metadata\" (expected: one of id, name, status,"
            + " device_type, platform, tag, last_seen, cpu_percent, memory_percent,"
            + " metadata.<key>)",
        "cpu_usage:much        | column 11: cpu_usage: \"much\" (expected: a number such as 80 or"
            + " >80)",
        "cpu_usage:8*          | column 11: cpu_usage: \"8*\" (expected: a number such as 80 or"
            + " >80)",
        "cpu_usage:>NaN        | column 12: cpu_usage: \"NaN\" (expected: a number such as 80 or"
            + " >80)",
        "cpu_usage:>1e999      | column 12: cpu_usage: \"1e999\" (expected: a number such as 80 or"
            + " >80)",
        "last_seen:yesterday   | column 11: last_seen: \"yesterday\" (expected: a time such as"
            + " 2024-01-31, 2024-01-31T12:00:00Z or >-10m)",
        "last_seen:>2024-13-01 | column 12: last_seen: \"2024-13-01\" (expected: a time such as"
            + " 2024-01-31, 2024-01-31T12:00:00Z or >-10m)",
        "last_seen:-10m        | column 11: last_seen: \"-10m\" (expected: < or > before a time"
            + " relative to now)",
        "name:>x               | column 6: name: \">x\" (expected: text, a list a,b or a pattern"
            + " a*; < and > are for numbers and times)",
        "cpu_usage:>1,2        | column 11: cpu_usage: \">1,2\" (expected: one value after < or >)",
        "cpu_usage:>1*         | column 11: cpu_usage: \">1*\" (expected: no * after < or >)",
        "name:a*b              | column 6: name: \"a*b\" (expected: * only at the start or the"
            + " end; \\* for the character itself)",
        "name:**               | column 6: name: \"**\" (expected: * only at the start or the end;"
            + " \\* for the character itself)",
        "name:\"\"*            | column 6: name: \"\"\"*\" (expected: text beside the *)",
        "name:*\"\"            | column 6: name: \"*\"\"\" (expected: text beside the *)",
        "name:*,a              | column 6: name: \"*,a\" (expected: * alone: any value at all)",
        "name:a,*              | column 8: name: \"*\" (expected: the same kind of pattern in a"
            + " list; else use OR)",
        "name:a,b*             | column 8: name: \"b*\" (expected: the same kind of pattern in a"
            + " list; else use OR)",
        "name:                 | column 6: name: nothing (expected: a value; \"\" for the empty"
            + " one)",
        "name: x               | column 6: name: nothing (expected: a value; \"\" for the empty"
            + " one)",
        "name:a,,b             | column 8: name: nothing (expected: a value; \"\" for the empty"
            + " one)",
        "name:a,               | column 8: name: nothing (expected: a value; \"\" for the empty"
            + " one)",
        "name:\"a              | column 6: the quote is not closed (expected: another \")",
        "name:\"a\"b           | column 6: name: \"\"a\"b\" (expected: nothing after the closing"
            + " quote but *)",
        "name:a\"b            | column 6: name: \"a\"b\" (expected: quotes around the whole value;"
            + " \\\" for the character itself)",
        "name:\"a\\nb\"        | column 8: \\ inside quotes (expected: \\\" or \\\\)",
        "name:a\\n             | column 7: \\ before nothing to escape (expected: \\ before a sign"
            + " such as * , ( or \")",
        "name:a\\              | column 7: \\ before nothing to escape (expected: \\ before a sign"
            + " such as * , ( or \")",
        "online                | column 1: \"online\" (expected: field:value)",
        "\"name\":x            | column 1: \"\"name\":x\" (expected: field:value)",
        "AND tag:a             | column 1: \"AND\" (expected: a term such as name:web* before it)",
        "tag:a OR OR tag:b     | column 10: \"OR\" (expected: a term such as name:web* before it)",
        "()                    | column 2: \")\" (expected: a term such as name:web* before it)",
        "tag:a AND             | column 10: the text ends (expected: a term such as name:web*)",
        "NOT                   | column 4: the text ends (expected: a term such as name:web*)",
        "tag:a tag:b           | column 7: \"tag:b\" (expected: AND or OR before it; a value with"
            + " spaces or parentheses in quotes)",
        "name:web(1)           | column 9: \"(1)\" (expected: AND or OR before it; a value with"
            + " spaces or parentheses in quotes)",
        "tag:a and tag:b       | column 7: \"and\" (expected: AND and OR in capitals)",
        "(tag:a                | column 1: \"(\" is not closed (expected: a \")\" for it)",
        "tag:a)                | column 6: \")\" closes nothing (expected: as many \"(\" as \")\")",
      })
  void parse_invalid_saysWhereAndWhatIsExpected(String text, String message) {
    assertThatThrownBy(() -> Filter.parse(text, Samples.SCHEMA))
        .isInstanceOf(FilterException.class)
        .hasMessage("filter: " + message);
  }

  @Test
  void parse_badCharacters_areRefusedByCode() {
    assertRefused(
        "name:a\0b",
        "filter: column 7: character U+0000 (expected: no control" + " characters or broken ones)");
    assertRefused(
        "name:a\tb",
        "filter: column 7: character U+0009 (expected: no control" + " characters or broken ones)");
    assertRefused(
        "name:😀\ud800",
        "filter: column 7: character U+D800 (expected: no control" + " characters or broken ones)");
  }

  @Test
  void parse_longValue_isCutInTheMessage() {
    assertRefused(
        "status:" + "x".repeat(500),
        "filter: column 8: status: \""
            + "x".repeat(40)
            + "…\" (expected: online, offline, unknown)");
  }

  @Test
  void parse_limits_lastAllowedAndFirstRefused() {
    String twenty = String.join(" OR ", java.util.Collections.nCopies(20, "tag:a"));
    Filter.parse(twenty, Samples.SCHEMA);
    assertRefused(twenty + " OR tag:b", "filter: column 181: term 21 (expected: at most 20 terms)");

    Filter.parse("NOT (".repeat(4) + "tag:a" + ")".repeat(4), Samples.SCHEMA);
    assertRefused(
        "NOT (".repeat(4) + "NOT tag:a" + ")".repeat(4),
        "filter: column 21: too deep (expected: at most 8 nested parentheses and NOTs)");

    String hundred = "tag:" + String.join(",", java.util.Collections.nCopies(100, "a"));
    Filter.parse(hundred, Samples.SCHEMA);
    assertRefused(
        hundred + ",b",
        "filter: column 205: tag: value 101 (expected: at most 100 values in a list)");

    Filter.parse("tag:" + "ä".repeat(1022), Samples.SCHEMA);
    assertRefused(
        "tag:" + "ä".repeat(1023),
        "filter: longer than a filter can be (expected: at most 2048 bytes)");
  }

  private static void assertRefused(String text, String message) {
    assertThatThrownBy(() -> Filter.parse(text, Samples.SCHEMA))
        .isInstanceOf(FilterException.class)
        .hasMessage(message);
  }

  private static Filter tag(String tag) {
    return Samples.SCHEMA.term("tag", Op.EQ, tag);
  }
}
