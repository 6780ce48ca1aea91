package muster.filter;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A checked filter. Immutable, equal by meaning-bearing parts (not by position), and its
/// `toString` is filter text that parses to an equal tree, [#ALL] being the empty text.
///
/// Absence: a subject without a value of a field matches no term on it, and so every `NOT` of one.
/// NOT is the exact complement: each subject matches either a filter or its NOT.
public sealed interface Filter {

  /// What every subject matches.
  Filter ALL = new And(List.of());

  /// Longest text, in bytes of UTF-8.
  int MAX_BYTES = 2048;

  int MAX_TERMS = 20;

  /// Deepest nesting of parentheses and NOTs, counted together.
  int MAX_DEPTH = 8;

  /// Most values in one list.
  int MAX_VALUES = 100;

  /// Reads the text of a user; blank text is [#ALL].
  ///
  /// @throws FilterException when the text is not a filter over the schema, or over a limit
  static Filter parse(String text, Schema schema) {
    return new FilterParser(text, schema).parse();
  }

  /// Both, such as a caller's scope and what the caller asks for.
  static Filter and(Filter... parts) {
    List<Filter> all = merged(List.of(parts));
    return all.size() == 1 ? all.getFirst() : new And(all);
  }

  /// Any of at least one.
  static Filter or(Filter... parts) {
    List<Filter> all = List.of(parts);
    if (all.contains(ALL)) {
      return ALL;
    }
    return all.size() == 1 ? all.getFirst() : new Or(all);
  }

  static Filter not(Filter part) {
    return new Not(part);
  }

  /// Whether a field is asked about at all.
  default boolean mentions(String field) {
    return switch (this) {
      case And(List<Filter> parts) -> parts.stream().anyMatch(part -> part.mentions(field));
      case Or(List<Filter> parts) -> parts.stream().anyMatch(part -> part.mentions(field));
      case Not(Filter part) -> part.mentions(field);
      case Term term -> term.field().name().equals(field);
    };
  }

  /// Whether the subject is what this filter asks for.
  ///
  /// @param now what offsets such as `-10m` count from
  default boolean matches(Subject subject, Instant now) {
    return switch (this) {
      case And(List<Filter> parts) -> {
        for (Filter part : parts) {
          if (!part.matches(subject, now)) {
            yield false;
          }
        }
        yield true;
      }
      case Or(List<Filter> parts) -> {
        for (Filter part : parts) {
          if (part.matches(subject, now)) {
            yield true;
          }
        }
        yield false;
      }
      case Not(Filter part) -> !part.matches(subject, now);
      case Term term -> Matching.matches(term, subject, now);
    };
  }

  /// All of none, or of at least two. Never has an And among its parts: those are merged in.
  record And(List<Filter> parts) implements Filter {
    public And {
      parts = merged(parts);
      require(parts.size() != 1, "one part in an AND (expected: none or several)");
    }

    @Override
    public String toString() {
      return FilterPrinter.print(this);
    }
  }

  /// Any of at least two. Never has an Or among its parts: those are merged in.
  record Or(List<Filter> parts) implements Filter {
    public Or {
      List<Filter> flat = new ArrayList<>();
      for (Filter part : parts) {
        if (part instanceof Or or) {
          flat.addAll(or.parts);
        } else {
          flat.add(part);
        }
      }
      parts = List.copyOf(flat);
      require(parts.size() > 1, "fewer than two parts in an OR");
      require(!parts.contains(ALL), "ALL inside an OR (expected: ALL itself)");
    }

    @Override
    public String toString() {
      return FilterPrinter.print(this);
    }
  }

  record Not(Filter part) implements Filter {
    public Not {
      require(!part.equals(ALL), "NOT of everything, which no text says");
    }

    @Override
    public String toString() {
      return FilterPrinter.print(this);
    }
  }

  /// One question about one field.
  ///
  /// @param key the key when the field is a MAP, else empty
  /// @param values any of which will do; empty for EXISTS, one for comparisons
  /// @param position column in the text, 1-based; 0 when no user wrote it. Not part of equality
  record Term(Field field, String key, Op op, List<Value> values, int position) implements Filter {
    public Term {
      values = List.copyOf(values);
      require(field.kind().takes(op), field.name() + ": " + op);
      require(key.isEmpty() == (field.kind() != Kind.MAP), field.name() + ": key " + key);
      require(values.isEmpty() == (op == Op.EXISTS), field.name() + ": no values");
      require(!op.isComparison() || values.size() == 1, field.name() + ": one value for " + op);
      require(values.size() <= MAX_VALUES, field.name() + ": more than 100 values");
      for (Value value : values) {
        boolean fits =
            switch (value) {
              case Value.Text(String text) ->
                  field.kind().isText()
                      && !(op.isPattern() && text.isEmpty())
                      && (field.kind() != Kind.ENUM || field.words().contains(text));
              case Value.Num _ -> field.kind() == Kind.NUMBER;
              case Value.Offset _ -> field.kind() == Kind.TIME && op.isComparison();
              case Value.Time _ -> field.kind() == Kind.TIME;
            };
        require(fits, field.name() + ": value " + value);
      }
    }

    /// As users write it: the field, and for a MAP the key after a dot.
    public String name() {
      return key.isEmpty() ? field.name() : field.name() + '.' + key;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Term that
          && field.equals(that.field)
          && key.equals(that.key)
          && op == that.op
          && values.equals(that.values);
    }

    @Override
    public int hashCode() {
      return Objects.hash(field, key, op, values);
    }

    @Override
    public String toString() {
      return FilterPrinter.print(this);
    }
  }

  private static List<Filter> merged(List<Filter> parts) {
    List<Filter> flat = new ArrayList<>();
    for (Filter part : parts) {
      if (part instanceof And and) {
        flat.addAll(and.parts);
      } else {
        flat.add(part);
      }
    }
    return List.copyOf(flat);
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }
}
