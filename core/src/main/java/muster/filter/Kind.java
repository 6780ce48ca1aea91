package muster.filter;

import java.util.Comparator;
import java.util.EnumSet;
import java.util.Set;

/// What a field holds; decides which operators it takes, how its values are written and compared.
public enum Kind {
  /// Text for programs: ids, versions. Case matters everywhere.
  TEXT(EnumSet.of(Op.EQ, Op.PREFIX, Op.SUFFIX, Op.CONTAINS, Op.EXISTS)),
  /// Text for people: names. The case of ASCII letters never matters: not for equality, not in
  /// patterns, not in the order. Other letters compare as they are.
  NAME(EnumSet.of(Op.EQ, Op.PREFIX, Op.SUFFIX, Op.CONTAINS, Op.EXISTS)),
  /// One of a few words, written in any case, held as the schema spells them.
  ENUM(EnumSet.of(Op.EQ, Op.EXISTS)),
  /// A finite double.
  NUMBER(EnumSet.of(Op.EQ, Op.EXISTS, Op.GT, Op.GE, Op.LT, Op.LE)),
  /// A moment, to the millisecond.
  TIME(EnumSet.of(Op.EQ, Op.EXISTS, Op.GT, Op.GE, Op.LT, Op.LE)),
  /// A set of texts; a term holds when one of them fits. Case matters.
  TAGS(EnumSet.of(Op.EQ, Op.PREFIX, Op.SUFFIX, Op.CONTAINS, Op.EXISTS)),
  /// Texts under keys: `metadata.<key>:value`. Case matters, in the key too.
  MAP(EnumSet.of(Op.EQ, Op.PREFIX, Op.SUFFIX, Op.CONTAINS, Op.EXISTS));

  /// By code point, which is the order of UTF-8 bytes and so SQLite's; [String#compareTo] differs
  /// above U+FFFF.
  static final Comparator<String> CODE_POINTS = Kind::compareCodePoints;

  private final Set<Op> ops;

  Kind(Set<Op> ops) {
    this.ops = ops;
  }

  public boolean takes(Op op) {
    return ops.contains(op);
  }

  /// Whether values are plain strings.
  public boolean isText() {
    return this == TEXT || this == NAME || this == ENUM || this == TAGS || this == MAP;
  }

  /// At most one value, so that a list can be ordered by it.
  public boolean isSingle() {
    return this != TAGS && this != MAP;
  }

  /// The form in which texts of this kind are compared: two are equal when their folded forms are.
  public String fold(String text) {
    return this == NAME ? foldAscii(text) : text;
  }

  static String foldAscii(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      if (isAsciiUpper(text.charAt(i))) {
        char[] folded = text.toCharArray();
        for (int j = i; j < length; j++) {
          if (isAsciiUpper(folded[j])) {
            folded[j] += 'a' - 'A';
          }
        }
        return new String(folded);
      }
    }
    return text;
  }

  private static boolean isAsciiUpper(char c) {
    return c >= 'A' && c <= 'Z';
  }

  private static int compareCodePoints(String a, String b) {
    int shared = Math.min(a.length(), b.length());
    for (int i = 0; i < shared; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Surrogates stand for code points above every other char.
        boolean high = Character.isSurrogate(x);
        return high == Character.isSurrogate(y) ? Character.compare(x, y) : high ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
