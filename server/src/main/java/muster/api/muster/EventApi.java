package muster.api.muster;

import com.linecorp.armeria.common.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.fault.Fault;
import muster.http.BodyWriter;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.stream.EventOutlet;
import muster.stream.EventStreams;
import muster.stream.EventViewer;
import muster.stream.Happening;

/// What happens to devices, as server-sent events (WHATWG HTML, section 9.2): who comes back says
/// behind which it goes on.
public final class EventApi {
  private static final String RETRY = "retry: 3000\n\n";
  private static final String IDLE = ": still here\n\n";
  private static final long FROM_THE_FIRST = 0;

  private final EventStreams events;

  public EventApi(EventStreams events) {
    this.events = events;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults()).streamByUrl("/v1/events", this::events).list();
  }

  private Reply events(Call call) {
    boolean follows = call.queryFlag("follow", true);
    Optional<Long> after =
        call.header("last-event-id").or(() -> call.query("after")).map(EventApi::number);
    EventViewer viewer =
        events.watch(
            call.caller(),
            call.query("filter").orElse(""),
            call.query("events").map(words -> List.of(words.split(","))).orElse(List.of()),
            follows ? after : after.or(() -> Optional.of(FROM_THE_FIRST)));
    return Reply.stream(
            MediaType.EVENT_STREAM,
            out -> {
              out.write(RETRY);
              viewer
                  .run(follows, new EventBody(out))
                  .ifPresent(end -> out.write(event("error", new Failure(end.text()))));
            })
        // Nothing in between may collect what comes before it passes it on.
        .with("x-accel-buffering", "no");
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Fault.invalid("Last-Event-ID", text, "the number of an event");
    }
  }

  /// @param deviceId to whom it happened
  private record HappeningJson(String timestamp, String deviceId, Map<String, String> data) {}

  /// @param after behind which nobody knows what happened
  /// @param id behind which it goes on
  private record Gap(long after, long id) {}

  private record Failure(String error) {}

  /// JSON has no line ends of its own, so an event's data is one line.
  private static String event(String name, Object data) {
    return "event: "
        + name
        + "\ndata: "
        + new String(Reply.bytes(data), StandardCharsets.UTF_8)
        + "\n\n";
  }

  private record EventBody(BodyWriter out) implements EventOutlet {
    @Override
    public boolean isOpen() {
      return out.isOpen();
    }

    @Override
    public void onLeave(Runnable task) {
      out.onClose(task);
    }

    @Override
    public void happened(Happening happening) {
      String id = happening.id() == 0 ? "" : "id: " + happening.id() + "\n";
      out.write(
          id
              + event(
                  happening.kind().word(),
                  new HappeningJson(
                      happening.at().toString(), happening.device().value(), happening.data())));
    }

    @Override
    public void missed(long after, long from) {
      out.write("id: " + from + "\n" + event("gap", new Gap(after, from)));
    }

    @Override
    public void idle() {
      out.write(IDLE);
    }
  }
}
