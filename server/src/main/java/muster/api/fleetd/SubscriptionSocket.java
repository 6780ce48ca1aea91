package muster.api.fleetd;

import java.util.Optional;
import muster.account.Credentials;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.JsonBody;
import muster.id.RandomIds;
import muster.socket.PeopleSockets;
import muster.socket.TextSocket;
import muster.wire.CloseCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A WebSocket on which one subscribes: `{"type":"subscribe",…}`, as fleetd's page shows it. One
/// subscription at a time: another takes its place, and one that is refused leaves it as it is.
abstract class SubscriptionSocket implements PeopleSockets.Protocol {
  private static final Logger log = LoggerFactory.getLogger(SubscriptionSocket.class);
  private static final int ID_LENGTH = 12;
  private static final int INTERNAL_ERROR = 1011;

  private final Credentials credentials;
  private final Permission needed;

  /// @param needed what a subscriber must be allowed, all the time
  SubscriptionSocket(Credentials credentials, Permission needed) {
    this.credentials = credentials;
    this.needed = needed;
  }

  /// What one gets.
  interface Subscription {
    /// Sends until it is stopped or the connection is over; called once, on a thread of its own.
    void run() throws InterruptedException;

    /// Has [#run] return soon.
    void stop();
  }

  private record Running(String id, Subscription subscription, Thread thread) {
    void end() throws InterruptedException {
      subscription.stop();
      thread.join();
    }
  }

  /// Makes what a message asks for. The result must be run.
  ///
  /// @throws Fault when it can't be had
  abstract Subscription subscribe(Caller caller, TextSocket socket, JsonBody message);

  /// Whoever it was, as they are now.
  ///
  /// @throws Fault when they may not subscribe any more
  final Caller renewed(Caller caller) {
    Caller present = credentials.renewed(caller);
    Access.require(present, needed);
    return present;
  }

  @Override
  public final String error(Fault fault) {
    return SocketMessages.error(fault);
  }

  @Override
  public final void talk(Caller caller, TextSocket socket) throws InterruptedException {
    Optional<Running> running = Optional.empty();
    try {
      boolean isOver = false;
      while (!isOver) {
        try {
          Optional<String> message = socket.receive();
          isOver = message.isEmpty();
          if (message.isPresent()) {
            running = changed(running, caller, socket, JsonBody.parse(message.get()));
          }
        } catch (Fault fault) {
          socket.send(error(fault));
        }
      }
    } finally {
      if (running.isPresent()) {
        running.get().end();
      }
    }
  }

  private Optional<Running> changed(
      Optional<Running> running, Caller caller, TextSocket socket, JsonBody message)
      throws InterruptedException {
    String type = message.text("type");
    switch (type) {
      case "subscribe" -> {
        Subscription next = subscribe(renewed(caller), socket, message);
        if (running.isPresent()) {
          running.get().end();
        }
        String id = RandomIds.text(ID_LENGTH);
        socket.send(SocketMessages.subscribed(id));
        return Optional.of(
            new Running(id, next, Thread.ofVirtual().start(() -> run(next, socket))));
      }
      case "unsubscribe" -> {
        message.only("type");
        if (running.isEmpty()) {
          throw Fault.failedPrecondition("there is no subscription", "not_subscribed");
        }
        running.get().end();
        socket.send(SocketMessages.unsubscribed(running.get().id));
        return Optional.empty();
      }
      default -> throw Fault.invalid("type", type, "subscribe or unsubscribe");
    }
  }

  private static void run(Subscription subscription, TextSocket socket) {
    try {
      subscription.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Fault fault) {
      boolean isRefusal =
          fault.code() == FaultCode.UNAUTHENTICATED || fault.code() == FaultCode.PERMISSION_DENIED;
      socket.close(
          isRefusal ? CloseCode.REFUSED : INTERNAL_ERROR, String.valueOf(fault.getMessage()));
    } catch (RuntimeException e) {
      log.error("a subscription failed", e);
      socket.close(INTERNAL_ERROR, "internal error");
    }
  }
}
