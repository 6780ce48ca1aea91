package muster.wire;

/// Text that is not JSON, or JSON that is not what was expected. The message is one line, safe to
/// send back to whoever sent the text: it quotes at most 40 characters of it, escaped.
public class JsonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public JsonException(String message) {
    // No stack trace: these are mistakes of the peer, expected and possibly frequent.
    super(message, null, false, false);
  }
}
