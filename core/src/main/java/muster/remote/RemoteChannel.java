package muster.remote;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.fault.Fault;
import muster.id.DeviceId;

/// The two ends of a channel and what goes between them. Frames are handed on by two threads that
/// both wait: for the next frame of one side, and until the other has taken it.
public final class RemoteChannel {
  private static final long DEVICE_SECONDS = 15;

  private static final String LEFT = "left";
  private static final String LOST = "the device's connection ended";

  private final String name;
  private final LiveSession session;
  private final CompletableFuture<RemoteSocket> device = new CompletableFuture<>();
  private final CompletableFuture<RemoteSocket> person = new CompletableFuture<>();

  /// The person's side ended by itself.
  private volatile boolean left;

  RemoteChannel(String name, LiveSession session) {
    this.name = name;
    this.session = session;
  }

  String name() {
    return name;
  }

  boolean isOf(DeviceId id) {
    return session.device.equals(id);
  }

  /// The device has connected. A socket that comes twice, or when the channel has ended, is closed;
  /// the session may end any time all the same.
  public void joinedByDevice(RemoteSocket socket) {
    if (!device.complete(socket)) {
      socket.close(RemoteSocket.ENDED, "the session has ended");
    }
    session.closeIfEnded(this);
  }

  /// Whether somebody sits at it.
  boolean isTaken() {
    return person.isDone();
  }

  /// Joins a person's socket with the device's until one of them is gone.
  ///
  /// @return why it ended
  String join(RemoteSocket socket) throws InterruptedException {
    if (!person.complete(socket)) {
      if (person.isCompletedExceptionally()) {
        socket.close(RemoteSocket.ENDED, "the session has ended");
      } else {
        socket.close(RemoteSocket.TAKEN, "the session is in use already");
      }
      return "";
    }
    session.closeIfEnded(this);
    RemoteSocket other;
    try {
      other = device.get(DEVICE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      socket.close(RemoteSocket.ENDED, "the device did not open the channel");
      return "the device did not open the channel";
    } catch (ExecutionException e) {
      String why = e.getCause() instanceof Fault fault ? fault.getMessage() : "it was closed";
      socket.close(RemoteSocket.ENDED, why);
      return why;
    }
    Thread toDevice = Thread.startVirtualThread(() -> toDevice(socket, other));
    String why = "";
    try {
      why = fromDevice(other, socket);
      return why;
    } finally {
      // The end of a tunnel's connection is nothing special; a shell says when it ends.
      boolean isLost = session.isTerminal() && why.equals(LOST);
      socket.close(isLost ? RemoteSocket.ENDED : RemoteSocket.NORMAL, isLost ? LOST : "");
      other.close(RemoteSocket.NORMAL, "");
      toDevice.join();
    }
  }

  private void toDevice(RemoteSocket from, RemoteSocket to) {
    try {
      Optional<RemoteFrame> frame = from.receive();
      while (frame.isPresent() && mayPassDown(frame.get()) && to.send(frame.get())) {
        session.sent(frame.get());
        frame = from.receive();
      }
      if (frame.isEmpty()) {
        left = true;
        to.close(RemoteSocket.NORMAL, "");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean mayPassDown(RemoteFrame frame) {
    return !(frame instanceof RemoteFrame.Exit);
  }

  private String fromDevice(RemoteSocket from, RemoteSocket to) throws InterruptedException {
    while (true) {
      Optional<RemoteFrame> frame = from.receive();
      if (frame.isEmpty()) {
        return left ? LEFT : LOST;
      }
      session.received(frame.get());
      if (!to.send(frame.get())) {
        return LEFT;
      }
      if (frame.get() instanceof RemoteFrame.Exit exit) {
        return "the shell ended with " + exit.code();
      }
    }
  }

  /// Ends both sides, also those that are still to come. The person's first: it hears why, and not
  /// that the other one is gone.
  void close(int code, String why) {
    end(person, code, why);
    end(device, code, why);
  }

  private static void end(CompletableFuture<RemoteSocket> side, int code, String why) {
    side.completeExceptionally(Fault.failedPrecondition(why, "session_ended"));
    if (!side.isCompletedExceptionally()) {
      side.join().close(code, why);
    }
  }
}
