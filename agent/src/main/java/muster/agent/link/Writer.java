package muster.agent.link;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import muster.agent.log.Log;

/// The thread that sends what an [Outbox] holds.
///
/// @param failed hears once why sending ended
record Writer(Outbox outbox, Sender sender, Consumer<String> failed) implements Runnable {
  /// Takes a frame, blocking until the socket took it.
  interface Sender {
    void send(String frame) throws IOException, InterruptedException;
  }

  @Override
  public void run() {
    try {
      for (Optional<String> frame = outbox.next(); frame.isPresent(); frame = outbox.next()) {
        sender.send(frame.get());
      }
    } catch (IOException | RuntimeException e) {
      failed.accept("cannot send: " + Log.reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
