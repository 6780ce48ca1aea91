package muster.fault;

import java.util.Map;

/// An expected failure, told to the caller. The message is a lower-case sentence that names the
/// field, the value and what was expected: `limit: 0 (expected: 1..1000)`. Details are short facts
/// a program may act on; the key [#REASON] refines the code (`token_expired`). No stack trace: what
/// happened is in the message.
public final class Fault extends RuntimeException {
  /// Key of the detail that refines the code.
  public static final String REASON = "reason";

  /// Key of the detail that says in how many seconds trying again makes sense.
  public static final String RETRY_AFTER_SECONDS = "retry_after_seconds";

  private static final long serialVersionUID = 1L;

  private final FaultCode code;
  private final transient Map<String, String> details;

  public Fault(FaultCode code, String message, Map<String, String> details) {
    super(message, null, false, false);
    this.code = code;
    this.details = Map.copyOf(details);
  }

  public Fault(FaultCode code, String message) {
    this(code, message, Map.of());
  }

  public static Fault invalid(String field, Object value, String expected) {
    return new Fault(
        FaultCode.INVALID_ARGUMENT,
        "%s: %s (expected: %s)".formatted(field, shown(value), expected),
        Map.of("field", field));
  }

  public static Fault notFound(String what, String id) {
    return new Fault(FaultCode.NOT_FOUND, "%s not found: %s".formatted(what, shown(id)));
  }

  public static Fault unauthenticated(String message) {
    return new Fault(FaultCode.UNAUTHENTICATED, message);
  }

  public static Fault failedPrecondition(String message, String reason) {
    return new Fault(FaultCode.FAILED_PRECONDITION, message, Map.of(REASON, reason));
  }

  public FaultCode code() {
    return code;
  }

  public Map<String, String> details() {
    return details;
  }

  /// The refinement of the code, or an empty string.
  public String reason() {
    return details.getOrDefault(REASON, "");
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? code.name() : message;
  }

  /// A value as it may stand in a message: quoted when text, shortened, control characters shown.
  private static String shown(Object value) {
    if (!(value instanceof CharSequence text)) {
      return String.valueOf(value);
    }
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .limit(64)
        .forEach(c -> {
          if (Character.isISOControl(c)
              || Character.getType(c) == Character.FORMAT
              || Character.getType(c) == Character.LINE_SEPARATOR
              || Character.getType(c) == Character.PARAGRAPH_SEPARATOR
              || Character.getType(c) == Character.SURROGATE) {
            out.append("\\u%04x".formatted(c));
          } else {
            out.appendCodePoint(c);
          }
        });
    if (text.codePoints().count() > 64) {
      out.append('…');
    }
    return out.append('"').toString();
  }
}
