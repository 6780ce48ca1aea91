package muster.api.fleetd;

import java.util.List;
import java.util.Optional;
import muster.account.Credentials;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.http.JsonBody;
import muster.socket.TextSocket;
import muster.stream.EventOutlet;
import muster.stream.EventStreams;
import muster.stream.EventViewer;
import muster.stream.Happening;
import muster.wire.CloseCode;

/// What happens to devices, over a WebSocket (F105).
public final class DeviceEventSocket extends SubscriptionSocket {
  public static final String PATH = "/ws/devices";
  public static final Permission NEEDED = Permission.DEVICE_LIST;

  /// In the registry of RFC 6455, 11.7.
  private static final int TRY_AGAIN_LATER = 1013;

  private final EventStreams events;

  public DeviceEventSocket(EventStreams events, Credentials credentials) {
    super(credentials, NEEDED);
    this.events = events;
  }

  @Override
  Subscription subscribe(Caller caller, TextSocket socket, JsonBody message) {
    message.only("type", "filter", "events", "last_event_id");
    EventViewer viewer =
        events.watch(
            caller,
            message.optText("filter").orElse(""),
            message.optTexts("events").orElse(List.of()),
            message.optNumber("last_event_id"));
    return new Subscription() {
      @Override
      public void run() throws InterruptedException {
        Optional<EventViewer.End> end = viewer.run(true, new Outlet(socket));
        end.ifPresent(how -> close(socket, how));
      }

      @Override
      public void stop() {
        viewer.stop("it is over");
      }
    };
  }

  private static void close(TextSocket socket, EventViewer.End how) {
    switch (how.why()) {
      case NO_RIGHT -> socket.close(CloseCode.REFUSED, how.text());
      case TOO_SLOW -> socket.close(TRY_AGAIN_LATER, how.text());
      case STOPPED -> {}
    }
  }

  /// Sending blocks while the other side does not read.
  private record Outlet(TextSocket socket) implements EventOutlet {
    @Override
    public boolean isOpen() {
      return socket.isOpen();
    }

    @Override
    public void onLeave(Runnable task) {
      socket.onClose(task);
    }

    @Override
    public void happened(Happening happening) {
      say(SocketMessages.event(happening));
    }

    @Override
    public void missed(long after, long from) {
      say(SocketMessages.gap(after, from));
    }

    private void say(String text) {
      try {
        socket.send(text);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
