package muster.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads what a device shows, event by event. A connection that ends is opened again behind the
/// last event that arrived, while the server starts anew and the device comes back, for a minute.
final class LiveEvents {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int CONFLICT = 409;

  private final Session session;
  private final Consumer<Sse.Event> receiver;
  private String lastId = "";

  /// Why the server ended the stream; empty as long as it has not.
  private String error = "";

  /// @param receiver hears all but errors, on the reading thread
  LiveEvents(Session session, Consumer<Sse.Event> receiver) {
    this.session = session;
    this.receiver = receiver;
  }

  /// What there is, and no more.
  ///
  /// @throws Failure when it broke off
  void once(String path) {
    try {
      read(path);
    } catch (IOException e) {
      throw session.api().unreachable(e);
    }
    if (!error.isEmpty()) {
      throw new Failure(Exit.FAILURE, error);
    }
  }

  /// What there is and what comes; returns when the thread is interrupted.
  ///
  /// @throws Failure or [ApiException] when it did not begin, or the server or the device stays
  ///   away
  void follow(String path) {
    boolean began = false;
    Instant giveUp = session.terminal().now();
    Duration pause = FIRST_PAUSE;
    while (!Thread.currentThread().isInterrupted()) {
      RuntimeException trouble;
      try {
        read(path);
        trouble = session.api().unreachable(new IOException("the stream has ended"));
        giveUp = session.terminal().now().plus(PATIENCE);
        pause = FIRST_PAUSE;
        began = true;
      } catch (Broken e) {
        trouble = session.api().unreachable(e);
        giveUp = session.terminal().now().plus(PATIENCE);
        pause = FIRST_PAUSE;
        began = true;
      } catch (IOException e) {
        trouble = session.api().unreachable(e);
      } catch (ApiException e) {
        if (!e.isPassing() && !(began && e.status() == CONFLICT)) {
          throw e;
        }
        trouble = e;
      }
      if (!error.isEmpty()) {
        session.output().note(error);
      }
      if (!began || session.terminal().now().isAfter(giveUp)) {
        throw trouble;
      }
      try {
        session.terminal().sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
      pause = Collections.min(List.of(pause.multipliedBy(2), LONGEST_PAUSE));
    }
  }

  /// It had begun, and broke off.
  private static final class Broken extends IOException {
    private static final long serialVersionUID = 1;

    Broken(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private void read(String path) throws IOException {
    error = "";
    try (Sse events = new Sse(session.api().events(path, lastId), Follow.SILENCE)) {
      for (Optional<Sse.Event> event = next(events); event.isPresent(); event = next(events)) {
        take(event.get());
      }
    }
  }

  private static Optional<Sse.Event> next(Sse events) throws IOException {
    try {
      return events.next();
    } catch (IOException e) {
      throw new Broken(e);
    }
  }

  private void take(Sse.Event event) {
    if (event.name().equals("error")) {
      error = Json.text(Json.readOrEmpty(event.data()), "error");
    } else {
      receiver.accept(event);
    }
    if (!event.id().isEmpty()) {
      lastId = event.id();
    }
    session.terminal().out().flush();
    if (session.terminal().out().checkError()) {
      throw new Failure(Exit.FAILURE, "nobody reads the output");
    }
  }
}
