package muster.filter;

/// A filter or an order that is not understood. The message is for the user: `filter: column 8:
/// status: "onlin" (expected: online, offline, unknown)`.
public final class FilterException extends RuntimeException {
  private static final int SHOWN = 40;

  private final int column;

  /// @param column 1-based, in characters as a user counts them; 0 when it is about the whole
  /// @param parameter `filter` or `order_by`
  /// @param what the field, or what else the text stands for
  FilterException(int column, String parameter, String what, String text, String expected) {
    this(column, parameter, what + ": " + quoted(text), expected);
  }

  FilterException(int column, String parameter, String problem, String expected) {
    super(
        parameter
            + ": "
            + (column == 0 ? "" : "column " + column + ": ")
            + problem
            + " (expected: "
            + expected
            + ")",
        null,
        false,
        false); // an expected fault: no stack trace
    this.column = column;
  }

  /// 1-based; 0 when the whole text is meant.
  public int column() {
    return column;
  }

  /// Cut to a length fit for a message, between quotes.
  static String quoted(String text) {
    return text.codePointCount(0, text.length()) <= SHOWN
        ? '"' + text + '"'
        : '"' + text.substring(0, text.offsetByCodePoints(0, SHOWN)) + "…\"";
  }
}
