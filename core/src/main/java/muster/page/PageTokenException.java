package muster.page;

/// A page token that is not one of ours, not of this query, or too old. The message is for the
/// user.
public final class PageTokenException extends RuntimeException {
  PageTokenException(String problem, String expected) {
    super("page_token: " + problem + " (expected: " + expected + ")", null, false, false);
  }
}
