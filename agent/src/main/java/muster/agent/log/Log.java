package muster.agent.log;

import java.io.PrintStream;
import java.net.ConnectException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/// The agent's log: one line per event, `time LEVEL message`. Control characters are escaped, since
/// messages may quote the server, a command or the host. Callers never pass secrets. Thread-safe.
public final class Log {
  private final PrintStream out;
  private final InstantSource clock;

  public Log(PrintStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
  }

  /// Something expected happened.
  public void info(String message) {
    line("INFO ", message);
  }

  /// Something went wrong and the agent goes on.
  public void warn(String message) {
    line("WARN ", message);
  }

  /// Something went wrong that somebody must look at.
  public void error(String message) {
    line("ERROR", message);
  }

  private void line(String level, String message) {
    out.println(
        clock.instant().truncatedTo(ChronoUnit.MILLIS) + " " + level + " " + printable(message));
  }

  /// The text with every control, format and line-breaking character as `\u001b`.
  public static String printable(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int type = Character.getType(c);
      if (Character.isISOControl(c)
          || type == Character.FORMAT
          || type == Character.LINE_SEPARATOR
          || type == Character.PARAGRAPH_SEPARATOR) {
        safe.append(String.format("\\u%04x", (int) c));
      } else {
        safe.append(c);
      }
    }
    return safe.toString();
  }

  /// What an exception says, in one line: its message, or its class when it has none.
  public static String reason(Throwable e) {
    String message = e.getMessage();
    if (message != null && !message.isBlank()) {
      return message;
    }
    // The JDK's client says nothing when nobody listens.
    return e instanceof ConnectException ? "connection refused" : e.getClass().getSimpleName();
  }
}
