package muster.filter;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// One field of a [Schema].
///
/// @param aliases other names that users may write; the tree and its text always say `name`
/// @param words the words of an ENUM, lower case; empty for other kinds
/// @param sortable whether a list can be ordered by it; never for TAGS and MAP
public record Field(
    String name, Set<String> aliases, Kind kind, List<String> words, boolean sortable) {

  public Field {
    aliases = Set.copyOf(aliases);
    words = List.copyOf(words);
    if (words.isEmpty() == (kind == Kind.ENUM)) {
      throw new IllegalArgumentException(name + ": words " + words + " (expected: of an ENUM)");
    }
    for (String word : words) {
      if (!word.equals(word.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(name + ": \"" + word + "\" (expected: lower case)");
      }
    }
    sortable = sortable && kind.isSingle();
  }

  /// A field of any kind but ENUM.
  public static Field of(String name, Kind kind) {
    return new Field(name, Set.of(), kind, List.of(), true);
  }

  public static Field oneOf(String name, String... words) {
    return new Field(name, Set.of(), Kind.ENUM, List.of(words), true);
  }

  /// Adds other names.
  public Field alias(String... names) {
    Set<String> all = new LinkedHashSet<>(aliases);
    all.addAll(List.of(names));
    return new Field(name, all, kind, words, sortable);
  }

  public Field unsortable() {
    return new Field(name, aliases, kind, words, false);
  }

  /// Reads text as a value of this field.
  Optional<Value> read(String text) {
    return switch (kind) {
      case TEXT, NAME, TAGS, MAP -> Optional.of(new Value.Text(text));
      case ENUM -> {
        String folded = Kind.foldAscii(text);
        yield words.contains(folded) ? Optional.of(new Value.Text(folded)) : Optional.empty();
      }
      case NUMBER -> Literals.number(text);
      case TIME -> Literals.time(text);
    };
  }

  /// What may follow the colon, for error messages.
  String expected() {
    return switch (kind) {
      case TEXT, NAME, TAGS, MAP ->
          "text, a list a,b or a pattern a*; < and > are for numbers and times";
      case ENUM -> String.join(", ", words);
      case NUMBER -> "a number such as 80 or >80";
      case TIME -> "a time such as 2024-01-31, 2024-01-31T12:00:00Z or >-10m";
    };
  }
}
