package muster.api.agents;

import com.linecorp.armeria.common.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.device.Health;
import muster.http.BodyWriter;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.DeviceId;
import muster.stream.LogOutlet;
import muster.stream.LogRequest;
import muster.stream.LogSource;
import muster.stream.LogStreams;
import muster.stream.LogViewer;
import muster.stream.MetricSink;
import muster.stream.MetricStreams;
import muster.stream.MetricViewer;
import org.jspecify.annotations.Nullable;

/// Live logs (F134) and live metrics (F135), as server-sent events.
public final class AgentsStreams {
  private final LogStreams logs;
  private final MetricStreams metrics;

  public AgentsStreams(LogStreams logs, MetricStreams metrics) {
    this.logs = logs;
    this.metrics = metrics;
  }

  public List<Route> routes() {
    return new Routes(new AgentsFaults())
        .streamByUrl("/api/agents/{id}/stream/logs", this::logs)
        .streamByUrl("/api/agents/{id}/stream/metrics", this::metrics)
        .list();
  }

  private Reply logs(Call call) throws InterruptedException {
    DeviceId id = call.deviceId();
    LogViewer viewer = logs.watch(call.caller(), id, request(call));
    return events(out -> viewer.run(new LogBody(out)));
  }

  private static LogRequest request(Call call) {
    LogSource source =
        new LogSource(
            call.query("source").orElse(LogSource.JOURNALD),
            call.query("unit"),
            call.query("path"));
    return new LogRequest(
        source,
        call.queryNumber("tail", 0, LogRequest.MAX_TAIL).orElse(LogRequest.USUAL_TAIL),
        call.header("last-event-id").or(() -> call.query("after")),
        call.queryFlag("follow", true));
  }

  private Reply metrics(Call call) {
    DeviceId id = call.deviceId();
    boolean follows = call.queryFlag("follow", true);
    MetricViewer viewer = metrics.watch(call.caller(), id);
    return events(out -> {
      out.write(LogEvents.RETRY);
      viewer.run(follows, new MetricEvents(out));
    });
  }

  /// Nothing in between may collect what comes before it passes it on.
  private static Reply events(Reply.Streamer streamer) {
    return Reply.stream(MediaType.EVENT_STREAM, streamer).with("x-accel-buffering", "no");
  }

  private record LogBody(BodyWriter out) implements LogOutlet {
    @Override
    public void write(byte[] events) {
      out.write(events);
    }

    @Override
    public boolean isOpen() {
      return out.isOpen();
    }

    @Override
    public void onLeave(Runnable task) {
      out.onClose(task);
    }
  }

  private record Away(@Nullable Long lastSeen) {}

  private record MetricEvents(BodyWriter out) implements MetricSink {
    @Override
    public boolean isOpen() {
      return out.isOpen();
    }

    @Override
    public void onLeave(Runnable task) {
      out.onClose(task);
    }

    @Override
    public void sample(Health health) {
      out.write(LogEvents.event("", AgentsJson.metrics(health)));
    }

    @Override
    public void offline(Optional<Instant> lastSeen) {
      out.write(
          LogEvents.event("offline", new Away(lastSeen.map(AgentsJson::seconds).orElse(null))));
    }

    @Override
    public void idle() {
      out.write(LogEvents.IDLE);
    }

    @Override
    public void ended(String why) {
      out.write(LogEvents.event("error", new LogEvents.Failure(why)));
    }
  }
}
