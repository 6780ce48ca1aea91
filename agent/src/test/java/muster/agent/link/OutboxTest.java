package muster.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private final List<String> sent = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  private Outbox outbox = new Outbox(Optional::empty);

  @Test
  void urgent_overtakesBulk_whichIsAskedForOneByOne() {
    Iterator<Integer> chunks = IntStream.range(0, 100).iterator();
    outbox =
        new Outbox(
            () -> chunks.hasNext() ? Optional.of("chunk" + chunks.next()) : Optional.empty());
    outbox.wake();
    send(frame -> {
      sent.add(frame);
      if (frame.equals("chunk1")) {
        outbox.urgent("heartbeat");
        outbox.urgent("answer");
      }
      if (frame.equals("chunk3")) {
        outbox.close();
      }
    });

    assertThat(sent).containsExactly("chunk0", "chunk1", "heartbeat", "answer", "chunk2", "chunk3");
    assertThat(chunks.next()).isEqualTo(4);
  }

  @Test
  void close_sendsWhatIsUrgentFirst() {
    outbox = new Outbox(() -> Optional.of("chunk"));
    outbox.urgent("last");
    outbox.wake();
    outbox.close();
    send(sent::add);

    assertThat(sent).containsExactly("last");
  }

  @Test
  void brokenSocket_isReportedOnce() {
    outbox.urgent("a");
    outbox.urgent("b");
    send(frame -> {
      throw new IOException("gone");
    });

    assertThat(failures).containsExactly("cannot send: gone");
  }

  @Test
  void brokenOutput_isReportedToo() {
    outbox =
        new Outbox(() -> {
          throw new IllegalStateException("no line");
        });
    outbox.wake();
    send(sent::add);

    assertThat(failures).containsExactly("cannot send: no line");
  }

  @Test
  void poll_nothingThere_isEmptyAndAsksOnceForBulk() {
    outbox.wake();
    assertThat(outbox.poll()).isEmpty();
    outbox.urgent("a");
    assertThat(outbox.poll()).contains("a");
    assertThat(outbox.poll()).isEmpty();
  }

  /// On the test's own thread: the sender closes the outbox when it has seen enough.
  private void send(Writer.Sender sender) {
    new Writer(outbox, sender, failures::add).run();
  }

  @Test
  void urgent_isBounded() {
    for (int i = 0; i < Outbox.MOST_URGENT; i++) {
      outbox.urgent("x");
    }
    assertThatThrownBy(() -> outbox.urgent("x")).isInstanceOf(IllegalStateException.class);
  }
}
