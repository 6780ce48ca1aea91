package muster.filter;

/// What a term asks of its field. The symbols are those of the language.
public enum Op {
  /// `field:value`, `field:v1,v2`: one of the values.
  EQ,
  /// `field:value*`.
  PREFIX,
  /// `field:*value`.
  SUFFIX,
  /// `field:*value*`.
  CONTAINS,
  /// `field:*`: any value at all. The only one without values.
  EXISTS,
  GT,
  GE,
  LT,
  LE;

  public boolean isPattern() {
    return this == PREFIX || this == SUFFIX || this == CONTAINS;
  }

  public boolean isComparison() {
    return compareTo(GT) >= 0;
  }

  /// Whether a comparison holds, given the sign of (actual value - value of the term).
  boolean holds(int sign) {
    return switch (this) {
      case EQ -> sign == 0;
      case GT -> sign > 0;
      case GE -> sign >= 0;
      case LT -> sign < 0;
      case LE -> sign <= 0;
      case PREFIX, SUFFIX, CONTAINS, EXISTS -> throw new IllegalStateException(name());
    };
  }
}
