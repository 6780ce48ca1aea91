package muster.http;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Stream;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.work.Trace;

/// `X-Debug: true` (F124): where the server's settings allow it, and with the permission, without a
/// scope, a request is traced, and its answer tells in `Server-Timing` what took how long: its
/// steps and the statements of the store, never their values. For others the header changes
/// nothing. Who uses it is on record, at most 10 times a minute for each user and key. Shared by
/// all threads.
public final class Debugging {
  private static final String HEADER = "x-debug";
  private static final String TIMING = "server-timing";
  private static final int A_MINUTE = 10;

  /// In all, in bytes; a client may take no more of headers.
  private static final int MAX_HEADER = 4096;

  private static final int MAX_STATEMENT = 160;
  private static final int MAX_FRAMES = 32;

  private final boolean enabled;
  private final Audit audit;
  private final RateLimiter recorded;

  public Debugging(boolean enabled, Audit audit, InstantSource clock) {
    this.enabled = enabled;
    this.audit = audit;
    this.recorded = new RateLimiter(A_MINUTE, Duration.ofMinutes(1), clock);
  }

  /// The trace of a request that asks for one and may have it.
  public Optional<Trace> begin(Caller caller, HttpRequest request, Route route) {
    if (!enabled
        || !"true".equalsIgnoreCase(request.headers().get(HEADER, ""))
        || !Access.allows(caller, Permission.SERVER_DEBUG)
        || caller.scope().isPresent()) {
      return Optional.empty();
    }
    if (recorded.take(caller.principalId()).isEmpty()) {
      audit.record(caller, "debug", route.path(), Map.of("method", route.method().name()));
    }
    return Optional.of(new Trace());
  }

  /// Says in the answer what the request was spent on.
  public static void tell(ServiceRequestContext context, Trace trace) {
    context.setAdditionalResponseHeader(TIMING, timing(trace));
  }

  /// As `Server-Timing` has it (W3C Server Timing, section 3).
  static String timing(Trace trace) {
    StringJoiner header = new StringJoiner(", ");
    header.add("total" + duration(trace.nanos()));
    int number = 0;
    int left = trace.leftOut();
    for (Trace.Step step : trace.steps()) {
      String entry =
          step.statement()
              ? "sql-%d%s;desc=\"%s\"".formatted(++number, duration(step.nanos()), quoted(step))
              : step.what() + duration(step.nanos());
      if (header.length() + entry.length() > MAX_HEADER) {
        left++;
      } else {
        header.add(entry);
      }
    }
    return left == 0 ? header.toString() : header.add("more;desc=\"" + left + "\"").toString();
  }

  private static String duration(long nanos) {
    return String.format(Locale.ROOT, ";dur=%.3f", nanos / 1e6);
  }

  private static String quoted(Trace.Step step) {
    String text = step.what().replaceAll("[^ -~]|[\"\\\\]", "'");
    return text.length() <= MAX_STATEMENT ? text : text.substring(0, MAX_STATEMENT) + "...";
  }

  /// What the request was spent on and where it failed, a line each, 16 KiB at most.
  public static List<String> lines(Trace trace, Throwable problem) {
    List<String> lines = new ArrayList<>();
    trace
        .steps()
        .forEach(step ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%.3f ms +%.3f ms %s",
                    step.fromNanos() / 1e6,
                    step.nanos() / 1e6,
                    quoted(step))));
    Stream.of(problem.getStackTrace()).limit(MAX_FRAMES).forEach(frame -> lines.add("at " + frame));
    return lines;
  }
}
