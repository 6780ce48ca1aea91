package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import muster.agent.tool.Utf8;
import muster.wire.Channel;
import muster.wire.ToolOutput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutputTest implements HeadTail.Sink {
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final List<String> told = new ArrayList<>();
  private final List<byte[]> chunks = new ArrayList<>();
  private final ByteArrayOutputStream all = new ByteArrayOutputStream();
  private long gap;
  private long now;
  private final Output output = new Output(this, HeadTail.HEAD, timer, () -> now);

  @Override
  public void chunk(Channel channel, byte[] bytes) {
    chunks.add(bytes);
    all.writeBytes(bytes);
    told.add(channel + ":" + new String(bytes, StandardCharsets.UTF_8));
  }

  @Override
  public void gap(Channel channel, long bytes) {
    gap += bytes;
    told.add(channel + "-" + bytes);
  }

  @AfterEach
  void stopTimer() {
    timer.shutdownNow();
  }

  @Test
  void firstBytes_goAtOnce_theNextAreCollected() {
    timer.shutdownNow(); // on a slow machine it would come in between
    write(Channel.STDOUT, "a");
    write(Channel.STDOUT, "b");
    write(Channel.STDOUT, "c");
    assertThat(told).containsExactly("STDOUT:a");

    now += Output.COLLECT.toNanos();
    write(Channel.STDOUT, "d");
    assertThat(told).containsExactly("STDOUT:a", "STDOUT:bcd");
  }

  @Test
  void collected_areToldByTheTimer() {
    write(Channel.STDOUT, "a");
    write(Channel.STDOUT, "b");

    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> toldNow().equals(List.of("STDOUT:a", "STDOUT:b")));
  }

  @Test
  void streams_keepTheOrderOfArrival() {
    write(Channel.STDOUT, "a");
    write(Channel.STDERR, "b");
    write(Channel.STDOUT, "c");
    write(Channel.STDERR, "d");
    output.end();

    assertThat(told).containsExactly("STDOUT:a", "STDERR:b", "STDOUT:c", "STDERR:d");
  }

  @Test
  void characters_areNotSplit_whereverTheReadsEnd() {
    byte[] text = "aé€😀".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    for (int seed = 0; seed < 20; seed++) {
      OutputTest test = new OutputTest();
      Random random = new Random(seed);
      for (int done = 0; done < text.length; ) {
        int length = Math.min(1 + random.nextInt(5_000), text.length - done);
        byte[] part = java.util.Arrays.copyOfRange(text, done, done + length);
        test.now += random.nextInt(2) * Output.COLLECT.toNanos();
        test.output.write(Channel.STDOUT, part, length);
        done += length;
      }
      test.output.end();
      test.stopTimer();

      assertThat(test.all.toByteArray()).as("seed %s", seed).isEqualTo(text);
      assertThat(test.chunks)
          .allMatch(chunk -> chunk.length <= ToolOutput.MAX_BYTES)
          .allMatch(chunk -> Utf8.decode(chunk).isPresent());
    }
  }

  @Test
  void end_tellsAHalfCharacterToo() {
    output.write(Channel.STDOUT, new byte[] {'a', (byte) 0xe2, (byte) 0x82}, 3);
    output.end();

    assertThat(all.toByteArray()).isEqualTo(new byte[] {'a', (byte) 0xe2, (byte) 0x82});
  }

  @Test
  void afterTheEnd_nothingIsTaken() {
    output.end();
    write(Channel.STDOUT, "late");

    assertThat(told).isEmpty();
  }

  @Test
  void limits_atEveryInterestingLength() {
    int most = HeadTail.HEAD + HeadTail.TAIL;
    for (int length : new int[] {HeadTail.HEAD, HeadTail.HEAD + 1, most, most + 1, 3 * most}) {
      OutputTest test = new OutputTest();
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) ('a' + i % 23);
      }
      test.output.write(Channel.STDERR, bytes, length);
      test.output.end();
      test.stopTimer();

      byte[] kept = test.all.toByteArray();
      assertThat(kept).hasSize(Math.min(length, most));
      assertThat(kept.length + test.gap).isEqualTo(length);
      assertThat(test.output.truncated()).isEqualTo(length > most);
      assertThat(java.util.Arrays.equals(kept, 0, HeadTail.HEAD, bytes, 0, HeadTail.HEAD)).isTrue();
      int tail = kept.length - HeadTail.HEAD;
      assertThat(
              java.util.Arrays.equals(
                  kept, HeadTail.HEAD, kept.length, bytes, length - tail, length))
          .isTrue();
    }
  }

  @Test
  void tail_beginsWithAWholeCharacter() {
    byte[] text = "€".repeat(500_000).getBytes(StandardCharsets.UTF_8);
    output.write(Channel.STDOUT, text, text.length);
    output.end();

    assertThat(chunks).allMatch(chunk -> Utf8.decode(chunk).isPresent());
    assertThat(all.size() + gap).isEqualTo(text.length);
  }

  private List<String> toldNow() {
    synchronized (output) {
      return List.copyOf(told);
    }
  }

  private void write(Channel channel, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.write(channel, bytes, bytes.length);
  }
}
