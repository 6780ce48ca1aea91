package muster.page;

/// A page token that is not one of ours, not of this query, or too old. The message is for the user
/// and does without the parameter's name, which is each surface's own.
public final class PageTokenException extends RuntimeException {
  PageTokenException(String problem, String expected) {
    super(problem + " (expected: " + expected + ")", null, false, false);
  }
}
