package muster.filter;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Recursive descent over one text, each character looked at a bounded number of times. The nesting
/// limit bounds the stack. Used once.
///
/// ```
/// filter  = [ or ]
/// or      = and { "OR" and }
/// and     = not { "AND" not }
/// not     = "NOT" not | "(" or ")" | term
/// term    = name ":" ( "*" | [ ">" | ">=" | "<" | "<=" ] item | item { "," item } )
/// item    = [ "*" ] ( bare | quoted ) [ "*" ]
/// ```
final class FilterParser {
  private static final String TERM = "a term such as name:web*";

  private final String text;
  private final Schema schema;
  private int at;
  private int depth;
  private int terms;

  FilterParser(String text, Schema schema) {
    this.text = text;
    this.schema = schema;
  }

  Filter parse() {
    int bytes =
        text.length() > Filter.MAX_BYTES
            ? text.length()
            : text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > Filter.MAX_BYTES) {
      throw new FilterException(
          0, "filter", "longer than a filter can be", "at most " + Filter.MAX_BYTES + " bytes");
    }
    int bad = firstBad(text);
    if (bad >= 0) {
      throw error(
          bad,
          String.format("character U+%04X", (int) text.charAt(bad)),
          "no control characters or broken ones");
    }
    skipSpaces();
    if (atEnd()) {
      return Filter.ALL;
    }
    Filter filter = or();
    if (!atEnd()) {
      if (peek(')')) {
        throw error(at, "\")\" closes nothing", "as many \"(\" as \")\"");
      }
      throw sideBySide();
    }
    return filter;
  }

  private Filter or() {
    List<Filter> parts = new ArrayList<>();
    do {
      parts.add(and());
    } while (keyword("OR"));
    return parts.size() == 1 ? parts.getFirst() : new Filter.Or(parts);
  }

  private Filter and() {
    List<Filter> parts = new ArrayList<>();
    do {
      parts.add(not());
    } while (keyword("AND"));
    return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
  }

  private Filter not() {
    int start = at;
    if (keyword("NOT")) {
      enter(start);
      Filter part = not();
      depth--;
      return new Filter.Not(part);
    }
    if (peek('(')) {
      enter(start);
      at++;
      skipSpaces();
      Filter part = or();
      if (atEnd()) {
        throw error(start, "\"(\" is not closed", "a \")\" for it");
      }
      if (!peek(')')) {
        throw sideBySide();
      }
      at++;
      skipSpaces();
      depth--;
      return part;
    }
    return term();
  }

  private void enter(int start) {
    if (++depth > Filter.MAX_DEPTH) {
      throw error(
          start, "too deep", "at most " + Filter.MAX_DEPTH + " nested parentheses and NOTs");
    }
  }

  private Filter term() {
    int start = at;
    if (atEnd()) {
      throw error(at, "the text ends", TERM);
    }
    String name = name();
    if (!peek(':')) {
      String word = text.substring(start, wordEnd(start));
      throw word.equals("AND") || word.equals("OR") || word.startsWith(")")
          ? error(start, FilterException.quoted(word), TERM + " before it")
          : error(start, FilterException.quoted(word), "field:value");
    }
    if (++terms > Filter.MAX_TERMS) {
      throw error(start, "term " + terms, "at most " + Filter.MAX_TERMS + " terms");
    }
    Schema.Ref ref =
        schema
            .find(name)
            .orElseThrow(() -> error(start, "field", name, "one of " + schema.names()));
    at++;
    Filter.Term term = new Values(ref, name, column(start)).read();
    skipSpaces();
    return term;
  }

  /// A field's name up to its colon, escapes resolved.
  private String name() {
    StringBuilder name = new StringBuilder();
    while (!atEnd()) {
      char c = text.charAt(at);
      if (c == ':' || c == ' ' || c == '(' || c == ')' || c == '"' || c == ',') {
        break;
      }
      name.append(c == '\\' ? escaped() : c);
      at++;
    }
    return name.toString();
  }

  /// The right side of one term.
  private final class Values {
    private final Schema.Ref ref;
    private final Field field;
    private final String name;
    private final int column;
    private final int start = at;

    Values(Schema.Ref ref, String name, int column) {
      this.ref = ref;
      this.field = ref.field();
      this.name = name;
      this.column = column;
    }

    Filter.Term read() {
      Op comparison = comparison();
      List<Value> values = new ArrayList<>();
      Op op = comparison;
      do {
        int itemStart = at;
        Item item = item();
        Op itemOp = comparison == Op.EQ ? item.op() : comparison;
        if (comparison != Op.EQ && item.op() != Op.EQ) {
          throw wrong(start, "no * after < or >");
        }
        if (!field.kind().takes(itemOp)) {
          throw wrong(start, field.expected());
        }
        if (values.isEmpty()) {
          op = itemOp;
        } else if (op != itemOp) {
          throw wrong(itemStart, "the same kind of pattern in a list; else use OR");
        }
        if (op == Op.EXISTS) {
          if (peek(',')) {
            throw wrong(start, "* alone: any value at all");
          }
          break;
        }
        if (values.size() == Filter.MAX_VALUES) {
          throw error(
              itemStart,
              name + ": value " + (Filter.MAX_VALUES + 1),
              "at most " + Filter.MAX_VALUES + " values in a list");
        }
        values.add(value(item, itemStart, op));
      } while (comma());
      if (op.isComparison() && values.size() > 1) {
        throw wrong(start, "one value after < or >");
      }
      return new Filter.Term(field, ref.key(), op, values, column);
    }

    private Value value(Item item, int itemStart, Op op) {
      Value value =
          field
              .read(item.text())
              .orElseThrow(() -> error(itemStart, name, item.text(), field.expected()));
      if (value instanceof Value.Offset && op == Op.EQ) {
        throw wrong(itemStart, "< or > before a time relative to now");
      }
      return value;
    }

    private Op comparison() {
      boolean less = peek('<');
      if (!less && !peek('>')) {
        return Op.EQ;
      }
      at++;
      if (peek('=')) {
        at++;
        return less ? Op.LE : Op.GE;
      }
      return less ? Op.LT : Op.GT;
    }

    private boolean comma() {
      if (!peek(',')) {
        return false;
      }
      at++;
      return true;
    }

    private Item item() {
      int from = at;
      boolean lead = star();
      boolean quoted = peek('"');
      String literal = quoted ? quoted() : bare();
      boolean trail = !(lead && literal.isEmpty() && !quoted) && star();
      if (!atEnd() && !peek(',') && !peek(' ') && !peek(')') && !peek('(')) {
        throw wrong(
            from,
            quoted && !trail
                ? "nothing after the closing quote but *"
                : peek('"') && !trail
                    ? "quotes around the whole value; \\\" for the character itself"
                    : "* only at the start or the end; \\* for the character itself");
      }
      if (literal.isEmpty() && !quoted && !lead && !trail) {
        throw error(at, name + ": nothing", "a value; \"\" for the empty one");
      }
      if (literal.isEmpty() && (trail || (lead && quoted))) {
        throw wrong(from, "text beside the *");
      }
      return new Item(lead, literal, quoted, trail);
    }

    private boolean star() {
      if (!peek('*')) {
        return false;
      }
      at++;
      return true;
    }

    private String bare() {
      StringBuilder literal = new StringBuilder();
      while (!atEnd() && (text.charAt(at) == '\\' || !isSpecial(text.charAt(at)))) {
        char c = text.charAt(at);
        literal.append(c == '\\' ? escaped() : c);
        at++;
      }
      return literal.toString();
    }

    private String quoted() {
      int open = at++;
      StringBuilder literal = new StringBuilder();
      while (!atEnd()) {
        char c = text.charAt(at);
        if (c == '"') {
          at++;
          return literal.toString();
        }
        if (c == '\\') {
          at++;
          if (!peek('"') && !peek('\\')) {
            throw error(at - 1, "\\ inside quotes", "\\\" or \\\\");
          }
          c = text.charAt(at);
        }
        literal.append(c);
        at++;
      }
      throw error(open, "the quote is not closed", "another \"");
    }

    /// About what stands between `from` and the end of this item.
    private FilterException wrong(int from, String expected) {
      return error(from, name, text.substring(from, wordEnd(Math.max(from, at))), expected);
    }
  }

  /// One value with the stars around it.
  private record Item(boolean lead, String text, boolean quoted, boolean trail) {
    Op op() {
      if (lead && text.isEmpty() && !quoted) {
        return Op.EXISTS;
      }
      if (lead) {
        return trail ? Op.CONTAINS : Op.SUFFIX;
      }
      return trail ? Op.PREFIX : Op.EQ;
    }
  }

  /// The character after the backslash at `at`; leaves `at` on it.
  private char escaped() {
    at++;
    if (atEnd() || Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) > '~') {
      throw error(at - 1, "\\ before nothing to escape", "\\ before a sign such as * , ( or \"");
    }
    return text.charAt(at);
  }

  /// What a bare value cannot hold unless escaped.
  static boolean isSpecial(char c) {
    return c == ' ' || c == '(' || c == ')' || c == ',' || c == '"' || c == '\\' || c == '*';
  }

  /// Index of the first character that no filter may hold, or -1: control characters, and halves of
  /// surrogate pairs, which have no UTF-8.
  static int firstBad(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isISOControl(c) || Character.isSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }

  private boolean keyword(String word) {
    int end = at + word.length();
    if (!text.startsWith(word, at)
        || (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '(')) {
      return false;
    }
    at = end;
    skipSpaces();
    return true;
  }

  private boolean peek(char c) {
    return at < text.length() && text.charAt(at) == c;
  }

  private boolean atEnd() {
    return at >= text.length();
  }

  private void skipSpaces() {
    while (peek(' ')) {
      at++;
    }
  }

  private int wordEnd(int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) != ' ') {
      end++;
    }
    return end;
  }

  private FilterException sideBySide() {
    String word = text.substring(at, wordEnd(at));
    if (word.equalsIgnoreCase("and") || word.equalsIgnoreCase("or")) {
      return error(at, FilterException.quoted(word), "AND and OR in capitals");
    }
    return error(
        at,
        FilterException.quoted(word),
        "AND or OR before it; a value with spaces or parentheses in quotes");
  }

  private FilterException error(int position, String what, String value, String expected) {
    return new FilterException(column(position), "filter", what, value, expected);
  }

  private FilterException error(int position, String problem, String expected) {
    return new FilterException(column(position), "filter", problem, expected);
  }

  private int column(int position) {
    return text.codePointCount(0, Math.min(position, text.length())) + 1;
  }
}
