package muster.webhook;

import java.util.Arrays;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import muster.event.Event;
import muster.update.Deployment;

/// The names under which webhooks know events: fleetd's, and those of [Event].
public final class EventNames {
  /// Sent when somebody tries a webhook; nobody needs to ask for it.
  public static final String TEST = "webhook.test";

  private static final String ALL = "*";

  private static final SortedSet<String> KNOWN =
      new TreeSet<>(
          Stream.concat(
                  Stream.of(
                      Event.DEVICE_REGISTERED,
                      Event.DEVICE_REENROLLED,
                      Event.DEVICE_UPDATED,
                      Event.DEVICE_DELETED,
                      Event.DEVICE_APPROVED,
                      Event.DEVICE_DENIED,
                      Event.DEVICE_BLOCKED,
                      Event.DEVICE_REVOKED,
                      Event.DEVICE_ONLINE,
                      Event.DEVICE_OFFLINE,
                      Event.DEVICE_CLONE_SUSPECTED,
                      Event.PAIRING_GUESSING,
                      Event.COMMAND_FINISHED,
                      Event.TRANSFER_FINISHED,
                      Event.DEPLOYMENT_STARTED,
                      Event.UPDATE_AVAILABLE),
                  Arrays.stream(Deployment.Status.values()).map(EventNames::ofDeployment))
              .toList());

  private EventNames() {}

  private static String ofDeployment(Deployment.Status status) {
    return "deployment." + status.word();
  }

  /// The name of an event; empty for what webhooks are not told of.
  static Optional<String> of(Event event) {
    String name =
        event.type().equals(Event.DEPLOYMENT_CHANGED)
            ? "deployment." + event.body().getOrDefault("status", "")
            : event.type();
    return Optional.of(name).filter(KNOWN::contains);
  }

  /// Whether there is anything that `asked` covers.
  public static boolean isKnown(String asked) {
    return KNOWN.stream().anyMatch(name -> covers(asked, name));
  }

  /// All of them, for people.
  public static String known() {
    return String.join(", ", KNOWN);
  }

  static boolean covers(String asked, String name) {
    return asked.equals(ALL)
        || asked.equals(name)
        || asked.endsWith(".*") && name.startsWith(asked.substring(0, asked.length() - 1));
  }
}
