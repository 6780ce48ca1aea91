package muster.api.fleetd;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import muster.account.Credentials;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.JsonBody;
import muster.socket.TextSocket;
import muster.telemetry.Metrics;

/// What devices measure, over a WebSocket, every so often (F106).
public final class MetricSocket extends SubscriptionSocket {
  public static final String PATH = "/ws/metrics";
  public static final Permission NEEDED = Permission.ANALYTICS_VIEW;

  private static final long USUAL_MILLIS = 5_000;
  private static final long LEAST_MILLIS = 1_000;
  private static final long MOST_MILLIS = Duration.ofHours(1).toMillis();

  /// How often it is looked whether the subscriber still may.
  private static final long LOOK_MILLIS = 1_000;

  private final Metrics metrics;
  private final InstantSource clock;

  public MetricSocket(Metrics metrics, Credentials credentials, InstantSource clock) {
    super(credentials, NEEDED);
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  Subscription subscribe(Caller caller, TextSocket socket, JsonBody message) {
    message.only("type", "metrics", "interval", "filter", "device_ids");
    long interval = message.optNumber("interval").orElse(USUAL_MILLIS);
    if (interval < LEAST_MILLIS || interval > MOST_MILLIS) {
      throw Fault.invalid(
          "interval", interval, "%d to %d milliseconds".formatted(LEAST_MILLIS, MOST_MILLIS));
    }
    Metrics.NowRequest wanted =
        new Metrics.NowRequest(
            message.optTexts("metrics").orElse(List.of()),
            Set.copyOf(message.optTexts("device_ids").orElse(List.of())),
            message.optText("filter").filter(text -> !text.isEmpty()).map(DeviceFields::filter));
    metrics.latest(caller, wanted); // what is wrong with it shows now
    return new Every(caller, socket, wanted, Duration.ofMillis(interval));
  }

  private final class Every implements Subscription {
    private final Caller caller;
    private final TextSocket socket;
    private final Metrics.NowRequest wanted;
    private final Duration interval;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Every(Caller caller, TextSocket socket, Metrics.NowRequest wanted, Duration interval) {
      this.caller = caller;
      this.socket = socket;
      this.wanted = wanted;
      this.interval = interval;
    }

    @Override
    public void run() throws InterruptedException {
      socket.onClose(this::stop);
      long next = System.nanoTime();
      do {
        Caller present = renewed(caller);
        if (System.nanoTime() - next >= 0) {
          socket.send(told(present));
          next = Math.max(next + interval.toNanos(), System.nanoTime());
        }
      } while (!stopped.await(
          Math.clamp((next - System.nanoTime()) / 1_000_000, 1, LOOK_MILLIS),
          TimeUnit.MILLISECONDS));
    }

    private String told(Caller present) {
      Instant now = clock.instant();
      try {
        return SocketMessages.metrics(now, metrics.latest(present, wanted));
      } catch (Fault fault) {
        // More devices match by now, or the store is busy: that may pass.
        if (fault.code() == FaultCode.PERMISSION_DENIED) {
          throw fault;
        }
        return error(fault);
      }
    }

    @Override
    public void stop() {
      stopped.countDown();
    }
  }
}
