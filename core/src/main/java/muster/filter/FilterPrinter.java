package muster.filter;

import java.util.StringJoiner;

/// Writes the text of a tree: the fewest parentheses, quotes only where they are needed.
final class FilterPrinter {
  private FilterPrinter() {}

  static String print(Filter filter) {
    return switch (filter) {
      case Filter.And and -> {
        StringJoiner joined = new StringJoiner(" AND ");
        and.parts()
            .forEach(part -> joined.add(part instanceof Filter.Or ? nest(part) : print(part)));
        yield joined.toString();
      }
      case Filter.Or or -> {
        StringJoiner joined = new StringJoiner(" OR ");
        or.parts().forEach(part -> joined.add(print(part)));
        yield joined.toString();
      }
      case Filter.Not(Filter part) ->
          "NOT "
              + (part instanceof Filter.And || part instanceof Filter.Or
                  ? nest(part)
                  : print(part));
      case Filter.Term term -> print(term);
    };
  }

  private static String nest(Filter filter) {
    return '(' + print(filter) + ')';
  }

  private static String print(Filter.Term term) {
    String name =
        term.key().isEmpty() ? term.field().name() : term.field().name() + '.' + escape(term.key());
    if (term.op() == Op.EXISTS) {
      return name + ":*";
    }
    StringJoiner items = new StringJoiner(",", name + ':', "");
    for (Value value : term.values()) {
      String text = quote(value.toString());
      items.add(
          switch (term.op()) {
            case EQ, EXISTS -> text;
            case PREFIX -> text + '*';
            case SUFFIX -> '*' + text;
            case CONTAINS -> '*' + text + '*';
            case GT -> '>' + text;
            case GE -> ">=" + text;
            case LT -> '<' + text;
            case LE -> "<=" + text;
          });
    }
    return items.toString();
  }

  private static String quote(String text) {
    boolean bare = !text.isEmpty() && text.charAt(0) != '<' && text.charAt(0) != '>';
    for (int i = 0; bare && i < text.length(); i++) {
      bare = !FilterParser.isSpecial(text.charAt(i));
    }
    return bare ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String escape(String key) {
    StringBuilder escaped = new StringBuilder(key.length());
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (FilterParser.isSpecial(c) || c == ':') {
        escaped.append('\\');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }
}
