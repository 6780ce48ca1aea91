package muster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.filter.Filter;
import muster.filter.Order;
import muster.page.Cursor;
import muster.page.PageRequest;
import org.assertj.core.api.AbstractStringAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the compiled SQL looks like and how SQLite goes about it. That its answers are right is for
/// [FilterSqlPropertyTest].
class FilterSqlTest {
  private static SampleFleet fleet;

  @BeforeAll
  static void fill() throws SQLException {
    List<SampleFleet.Device> devices = new ArrayList<>();
    for (long i = 1; i <= 500; i++) {
      devices.add(
          new SampleFleet.Device(
              i,
              "dev_" + i,
              "Web-" + i,
              "kvm",
              "linux",
              0L,
              i % 10 == 0 ? null : i,
              1.0,
              1.0,
              0,
              List.of("prod"),
              Map.of()));
    }
    fleet = new SampleFleet(devices, true);
  }

  @AfterAll
  static void close() throws SQLException {
    fleet.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "type:a                | d.type in (?)",
        "type:a,b              | d.type in (?,?)",
        "name:a                | d.name collate nocase in (?)",
        "type:a*               | (d.type >= ? and d.type < ?)",
        "type:*a               | substr(d.type, ?) = ?",
        "type:*a*              | instr(d.type, ?) > 0",
        "name:*a*              | instr(lower(d.name), ?) > 0",
        "name:*abc*            | (d.id in (select rowid from device_name_fts where device_name_fts"
            + " match ?) and instr(lower(d.name), ?) > 0)",
        "NOT name:*abc*        | (instr(lower(d.name), ?) > 0) is not true",
        "type:*                | d.type is not null",
        "last_seen:2024-01-01  | (s.last_seen >= ? and s.last_seen < ?)",
        "last_seen:>2024-01-01 | s.last_seen > ?",
        "cpu_percent:>80       | case when s.sampled_at > ? then s.cpu end > ?",
        "tag:a                 | d.id in (select a.device_id from device_attr a where a.key = ? and"
            + " a.value in (?))",
        "NOT tag:a             | (exists (select 1 from device_attr a where a.key = ? and a.value in"
            + " (?) and a.device_id = d.id)) is not true",
        "metadata.x:*          | d.id in (select a.device_id from device_attr a where a.key = ?)",
        "type:a AND (type:b OR type:c) | (d.type in (?) and (d.type in (?) or d.type in (?)))",
      })
  void where_term_isThisSql(String filter, String sql) {
    assertThat(where(filter).text()).isEqualTo(sql);
  }

  @Test
  void where_values_areOnlyEverBound() {
    String hostile = "x' or 1=1 --";
    Sql sql =
        where(
            "name:\""
                + hostile
                + "\" OR name:*\""
                + hostile
                + "\"* OR metadata.x'\\ or\\ 1:\""
                + hostile
                + "\"");
    assertThat(sql.text()).doesNotContain("'").doesNotContain("1=1");
    assertThat(sql.binds()).contains(hostile, "metadata.x' or 1");
  }

  @Test
  void where_prefix_endsBeforeTheNextText() {
    assertThat(where("type:ab*").binds()).containsExactly("ab", "ac");
    assertThat(where("name:AB*").binds()).containsExactly("ab", "ac");
    assertThat(where("type:a@*").binds()).containsExactly("a@", "aA");
    assertThat(where("name:a@*").binds()).containsExactly("a@", "a[");
    assertThat(where("type:\uD7FF*").binds()).containsExactly("\uD7FF", "\uE000");
    assertThat(where("type:a\uDBFF\uDFFF*").binds()).containsExactly("a\uDBFF\uDFFF", "b");
    assertThat(where("type:\uDBFF\uDFFF*").binds()).containsExactly("\uDBFF\uDFFF");
  }

  @Test
  void where_contains_asksForEachTrigram() {
    assertThat(where("name:*A\\\"Bc*,*xyz*").binds().getFirst())
        .isEqualTo("(\"a\"\"b\" AND \"\"\"bc\") OR (\"xyz\")");
    assertThat(where("name:*" + "a".repeat(2_000) + "*").binds().getFirst())
        .isEqualTo("(" + "\"aaa\" AND ".repeat(11) + "\"aaa\")");
  }

  @Test
  void plan_orders_walkTheirIndex() throws SQLException {
    assertPlan("", "name", null).contains("INDEX device_name").doesNotContain("TEMP B-TREE");
    assertPlan("status:online", "name DESC", null).doesNotContain("TEMP B-TREE");
    assertPlan("", "type", null).contains("device_type").doesNotContain("TEMP B-TREE");
    assertPlan("", "last_seen DESC", null)
        .contains("device_state_last_seen")
        .doesNotContain("TEMP B-TREE");
    assertPlan("", "", null).doesNotContain("TEMP B-TREE");
  }

  @Test
  void plan_nextPages_startAtTheCursor() throws SQLException {
    assertPlan("", "name", new Cursor(List.of("web-3"), 3L))
        .contains("USING COVERING INDEX device_name (name>?")
        .doesNotContain("TEMP B-TREE");
    assertPlan("", "last_seen DESC", new Cursor(List.of(30L), 30L))
        .contains("device_state_last_seen (last_seen<?)")
        .contains("device_state_last_seen (last_seen=?")
        .doesNotContain("TEMP B-TREE");
    assertPlan("", "type DESC, name", new Cursor(List.of("kvm", "web-3"), 3L))
        .contains("device_type (type=?)")
        .contains("device_type (type<?)");
    assertPlan("", "", new Cursor(List.of(), 3L)).contains("PRIMARY KEY (rowid>?)");
  }

  @Test
  void plan_terms_useTheirIndex() throws SQLException {
    assertPlan("name:web-1*", "name", null).contains("device_name (name>? AND name<?)");
    assertPlan("type:k*", "type", null).contains("device_type (type>? AND type<?)");
    assertPlan("id:dev_7", "name", null).contains("sqlite_autoindex_device_1 (uid=?)");
    assertPlan("name:*eb-17*", "", null).contains("device_name_fts VIRTUAL TABLE INDEX");
    assertPlan("tag:prod", "", null).contains("PRIMARY KEY (key=? AND value=?)");
    assertPlan("metadata.x:a*", "", null).contains("PRIMARY KEY (key=? AND value>? AND value<?)");
  }

  @Test
  void plan_commonTagOrPart_walksTheOrder() throws SQLException {
    fleet.pretendMany = true;
    try {
      assertPlan("tag:prod AND name:*web*", "name", null)
          .contains("SCAN d USING COVERING INDEX device_name")
          .containsPattern("SEARCH a .*device_id=\\? AND key=\\? AND value=\\?")
          .doesNotContain("TEMP B-TREE")
          .doesNotContain("fts");
    } finally {
      fleet.pretendMany = false;
    }
  }

  @Test
  void page_common_isCountedOnlyToTheLimit() {
    assertThat(counted(PageRequest.ALL)).isEmpty();
    assertThat(counted(PageRequest.first(50)))
        .containsExactly(
            Sql.of(
                "select count(*) as n from (select a.device_id from device_attr a where a.key = ?"
                    + " and a.value in (?) limit ?)",
                "tag",
                "prod",
                2_001));
  }

  @Test
  void constructor_fieldsOtherThanTheSchemas_isRefused() {
    assertThatThrownBy(() -> new FilterSql(SampleFleet.SCHEMA, "d.id", Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("id (expected: a column");
  }

  @Test
  void page_cursorOfAnotherOrder_isRefused() {
    Cursor cursor = new Cursor(List.of(), 1L);
    assertThatThrownBy(() ->
            fleet.page(
                Filter.ALL,
                Order.parse("name", SampleFleet.SCHEMA),
                new PageRequest(1, Optional.of(cursor))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Sql> counted(PageRequest request) {
    List<Sql> counted = new ArrayList<>();
    SampleFleet.SQL.page(
        Filter.parse("tag:prod AND NOT tag:old AND type:kvm", SampleFleet.SCHEMA),
        Order.BY_ID,
        request,
        SampleFleet.NOW,
        sql -> {
          counted.add(sql);
          return 1;
        });
    return counted;
  }

  private static Sql where(String filter) {
    return SampleFleet.SQL.where(Filter.parse(filter, SampleFleet.SCHEMA), SampleFleet.NOW);
  }

  private static AbstractStringAssert<?> assertPlan(
      String filter, String order, @Nullable Cursor after) throws SQLException {
    return assertThat(
        String.join(
            "\n--\n",
            fleet.plans(
                Filter.parse(filter, SampleFleet.SCHEMA),
                Order.parse(order, SampleFleet.SCHEMA),
                new PageRequest(50, Optional.ofNullable(after)))));
  }
}
