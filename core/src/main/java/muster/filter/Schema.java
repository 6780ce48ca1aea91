package muster.filter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The fields of one resource that filters and orders may name. Immutable.
public final class Schema {
  private final List<Field> fields;
  private final Map<String, Field> byName = new HashMap<>();

  private Schema(List<Field> fields) {
    this.fields = fields;
    for (Field field : fields) {
      add(field.name(), field);
      field.aliases().forEach(alias -> add(alias, field));
    }
  }

  public static Schema of(Field... fields) {
    return new Schema(List.of(fields));
  }

  private void add(String name, Field field) {
    if (byName.put(name, field) != null) {
      throw new IllegalArgumentException(name + ": twice in the schema");
    }
  }

  public List<Field> fields() {
    return fields;
  }

  /// The field of that name or alias.
  public Field field(String name) {
    Field field = byName.get(name);
    if (field == null) {
      throw new IllegalArgumentException(name + " (expected: " + names() + ")");
    }
    return field;
  }

  /// A term made by a program, such as the one behind `?search=`: the same checks as in
  /// [Filter#parse], but the texts are taken literally.
  ///
  /// @param name a field or alias, for a MAP with `.` and the key
  /// @throws FilterException when a text is no value of that field
  public Filter.Term term(String name, Op op, String... texts) {
    Ref ref =
        find(name)
            .orElseThrow(
                () -> new FilterException(0, "filter", "field", name, "one of " + names()));
    if (!ref.field().kind().takes(op)) {
      throw new FilterException(0, "filter", name, op.name(), ref.field().expected());
    }
    List<Value> values = new ArrayList<>();
    for (String text : texts) {
      if (FilterParser.firstBad(text) >= 0 || (op.isPattern() && text.isEmpty())) {
        throw new FilterException(0, "filter", name, text, "text without control characters");
      }
      values.add(
          ref.field()
              .read(text)
              .orElseThrow(
                  () -> new FilterException(0, "filter", name, text, ref.field().expected())));
    }
    return new Filter.Term(ref.field(), ref.key(), op, values, 0);
  }

  /// A field as a user names it, and the key when it is a MAP.
  record Ref(Field field, String key) {}

  Optional<Ref> find(String name) {
    Field field = byName.get(name);
    if (field != null) {
      return field.kind() == Kind.MAP ? Optional.empty() : Optional.of(new Ref(field, ""));
    }
    int dot = name.indexOf('.');
    if (dot > 0 && dot < name.length() - 1) {
      Field map = byName.get(name.substring(0, dot));
      if (map != null && map.kind() == Kind.MAP) {
        return Optional.of(new Ref(map, name.substring(dot + 1)));
      }
    }
    return Optional.empty();
  }

  /// The names for an error message.
  String names() {
    return fields.stream()
        .map(field -> field.kind() == Kind.MAP ? field.name() + ".<key>" : field.name())
        .collect(Collectors.joining(", "));
  }

  String sortableNames() {
    return fields.stream()
        .filter(Field::sortable)
        .map(Field::name)
        .collect(Collectors.joining(", "));
  }
}
