package muster.http;

import java.util.Map;
import java.util.Optional;
import muster.id.DeviceId;
import org.slf4j.MDC;

/// What the log lines of this thread are about: fields of their own in JSON. A scope that is closed
/// takes all of them along.
public final class LogContext {
  private static final String REQUEST = "request_id";
  private static final String DEVICE = "device";

  /// The part of a thread's work that is about one thing.
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  private LogContext() {}

  public static Scope ofRequest(String id) {
    MDC.put(REQUEST, id);
    return MDC::clear;
  }

  public static Scope ofDevice(DeviceId id) {
    aboutDevice(id);
    return MDC::clear;
  }

  /// Until the present scope ends.
  public static void aboutDevice(DeviceId id) {
    MDC.put(DEVICE, id.value());
  }

  /// The task in the scope that is present now, on whichever thread it runs.
  static Runnable carried(Runnable task) {
    Map<String, String> fields = Optional.ofNullable(MDC.getCopyOfContextMap()).orElse(Map.of());
    return () -> {
      MDC.setContextMap(fields);
      try (Scope scope = MDC::clear) {
        task.run();
      }
    };
  }
}
