package muster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/// Reads the output of one command to its end. A connection that breaks is opened again after the
/// last chunk that arrived, so the receiver sees each chunk once and in order.
///
/// Interrupting the reading thread ends it: the result is empty then.
final class Follow {
  private static final Set<String> FINAL =
      Set.of("completed", "failed", "timed_out", "cancelled", "expired", "lost");
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  static final Duration SILENCE = Duration.ofSeconds(45);

  /// Called on the reading thread.
  interface Receiver {
    /// A chunk, as docs/api.md has it.
    void output(JsonNode chunk);

    /// The command as it is now.
    void status(JsonNode command);
  }

  private final Api api;
  private final Terminal terminal;
  private final Receiver receiver;
  private final Duration silence;
  private long lastSeq;
  private boolean connected;

  /// @param silence how long a connection may say nothing before it counts as dead
  Follow(Api api, Terminal terminal, Receiver receiver, Duration silence) {
    this.api = api;
    this.terminal = terminal;
    this.receiver = receiver;
    this.silence = silence;
  }

  static boolean isFinal(JsonNode command) {
    return FINAL.contains(Json.text(command, "status"));
  }

  /// What there is and what comes.
  ///
  /// @param patience how long the server may be away before that is an error
  /// @return the command with its final status; empty when the thread was interrupted
  Optional<JsonNode> toTheEnd(String id, Duration patience) {
    Instant giveUp = terminal.now().plus(patience);
    Duration pause = FIRST_PAUSE;
    while (!Thread.currentThread().isInterrupted()) {
      connected = false;
      long before = lastSeq;
      RuntimeException trouble;
      try {
        Optional<JsonNode> end = read(path(id));
        if (end.isPresent()) {
          return end;
        }
        trouble = api.unreachable(new IOException("the stream ended before the command did"));
      } catch (IOException e) {
        trouble = api.unreachable(e);
      } catch (ApiException e) {
        if (!e.isPassing()) {
          throw e;
        }
        trouble = e;
      }
      if (connected) {
        giveUp = terminal.now().plus(patience);
      } else if (terminal.now().isAfter(giveUp)) {
        throw trouble;
      }
      pause = lastSeq > before ? FIRST_PAUSE : pause;
      if (!rested(pause)) {
        break;
      }
      pause = Collections.min(List.of(pause.multipliedBy(2), LONGEST_PAUSE));
    }
    return Optional.empty();
  }

  /// What there is, and no more.
  void soFar(String id) {
    try {
      read(path(id) + "?follow=false");
    } catch (IOException e) {
      throw api.unreachable(e);
    }
  }

  private static String path(String id) {
    return "/v1/commands/" + Query.encoded(id) + "/output";
  }

  /// One connection: the final status, or empty when the stream ended before it.
  private Optional<JsonNode> read(String path) throws IOException {
    try (Sse events =
        new Sse(api.events(path, lastSeq > 0 ? Long.toString(lastSeq) : ""), silence)) {
      connected = true;
      for (Optional<Sse.Event> event = events.next(); event.isPresent(); event = events.next()) {
        JsonNode data = parsed(event.get().data());
        switch (event.get().name()) {
          case "output" -> take(data);
          case "status" -> {
            receiver.status(data);
            if (isFinal(data)) {
              return Optional.of(data);
            }
          }
          default -> {} // of the future
        }
      }
      return Optional.empty();
    }
  }

  private void take(JsonNode chunk) {
    long seq = chunk.path("seq").asLong();
    if (seq > lastSeq) {
      receiver.output(chunk);
      lastSeq = seq;
    }
  }

  private static JsonNode parsed(String data) throws IOException {
    try {
      return Json.read(data);
    } catch (JsonProcessingException e) {
      throw new IOException("an event that is not JSON", e);
    }
  }

  /// Waits between half the pause and all of it; false when interrupted.
  private boolean rested(Duration pause) {
    long millis = pause.toMillis();
    try {
      terminal.sleep(
          Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2)));
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
