package muster.stream;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import muster.account.Credentials;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.device.Health;
import muster.event.Event;
import muster.event.EventStore;
import muster.event.Events;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.link.Links;

/// What happens to the devices of the fleet, for people and programs, as it happens. Shared by all
/// threads.
public final class EventStreams {
  private static final String DEVICE = "device.";
  private static final String DEPLOYMENT = "deployment.";
  private static final int READ_AT_ONCE = 500;

  private final Devices devices;
  private final Credentials credentials;
  private final Events events;
  private final InstantSource clock;
  private final Set<EventViewer> viewers = ConcurrentHashMap.newKeySet();

  public EventStreams(
      Devices devices, Credentials credentials, Links links, Events events, InstantSource clock) {
    this.devices = devices;
    this.credentials = credentials;
    this.events = events;
    this.clock = clock;
    links.onSample((id, health) -> tell(heartbeat(id, health)));
    events.subscribe(event -> happening(event).ifPresent(this::tell));
  }

  private void tell(Happening happening) {
    viewers.forEach(viewer -> viewer.tell(happening));
  }

  private static Optional<Happening> happening(Event event) {
    return event
        .device()
        .flatMap(id ->
            kind(event.type())
                .map(kind -> new Happening(event.seq(), kind, event.at(), id, data(event))));
  }

  private static Optional<Happening.Kind> kind(String type) {
    if (type.startsWith(DEPLOYMENT)) {
      return Optional.of(Happening.Kind.DEPLOYMENT);
    }
    return type.startsWith(DEVICE) ? Optional.of(Happening.Kind.STATUS_CHANGE) : Optional.empty();
  }

  private static Map<String, String> data(Event event) {
    Map<String, String> data = new TreeMap<>(event.body());
    data.put("type", event.type());
    return data;
  }

  private static Happening heartbeat(DeviceId id, Health health) {
    Map<String, String> data = new TreeMap<>();
    health.cpuPercent().ifPresent(value -> data.put("cpu_usage", value.toString()));
    health.memoryPercent().ifPresent(value -> data.put("memory_usage", value.toString()));
    health.diskPercent().ifPresent(value -> data.put("disk_usage", value.toString()));
    return new Happening(0, Happening.Kind.HEARTBEAT, health.at(), id, data);
  }

  /// Begins to watch. The result must be run.
  ///
  /// @param filter of the devices it is about, looked at when it happens; empty text = all
  /// @param kinds by their words; empty = all
  /// @param after the event behind which it is to go on, with what has happened since; empty = from
  ///   now on. Heartbeats are not kept
  public EventViewer watch(Caller caller, String filter, List<String> kinds, Optional<Long> after) {
    Access.require(caller, Permission.DEVICE_LIST);
    Filter wanted = filter.isEmpty() ? Filter.ALL : DeviceFields.filter(filter);
    EventViewer viewer =
        new EventViewer(kinds(kinds), after, past(), right(caller, wanted), viewers::remove);
    viewers.add(viewer);
    return viewer;
  }

  private static Set<Happening.Kind> kinds(List<String> words) {
    if (words.isEmpty()) {
      return EnumSet.allOf(Happening.Kind.class);
    }
    return words.stream()
        .map(EventStreams::kindOfWord)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Happening.Kind.class)));
  }

  private static Happening.Kind kindOfWord(String word) {
    return Arrays.stream(Happening.Kind.values())
        .filter(kind -> kind.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            Fault.invalid(
                "events",
                word,
                Arrays.stream(Happening.Kind.values())
                    .map(Happening.Kind::word)
                    .collect(Collectors.joining(", "))));
  }

  private EventViewer.Past past() {
    return new EventViewer.Past() {
      @Override
      public EventStore.Kept kept() {
        return events.kept();
      }

      @Override
      public Part after(long id) {
        List<Event> part = events.after(id, READ_AT_ONCE);
        return new Part(
            part.stream().flatMap(event -> happening(event).stream()).toList(),
            part.isEmpty() ? id : part.getLast().seq());
      }
    };
  }

  /// What of all that happens a viewer may see, and whether it still may see anything.
  private EventViewer.Right right(Caller caller, Filter wanted) {
    return new EventViewer.Right() {
      @Override
      public Optional<String> lost() {
        try {
          Access.require(credentials.renewed(caller), Permission.DEVICE_LIST);
          return Optional.empty();
        } catch (Fault gone) {
          return Optional.of(String.valueOf(gone.getMessage()));
        }
      }

      @Override
      public boolean sees(Happening happening) {
        Caller present;
        try {
          present = credentials.renewed(caller);
        } catch (Fault gone) {
          return false; // and soon it is told so
        }
        return devices
            .lookUp(present, happening.device())
            .map(device ->
                wanted.matches(DeviceFields.subject(device, clock.instant()), clock.instant()))
            // Of one that is gone it can't be said any more what it was like.
            .orElse(wanted.equals(Filter.ALL) && present.scope().isEmpty());
      }
    };
  }

  /// Ends all, because the server stops.
  public void closeAll() {
    viewers.forEach(viewer -> viewer.stop("the server stops"));
  }
}
