package muster.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecorderTest {
  private final StringBuilder tape = new StringBuilder();
  private final AtomicLong nanos = new AtomicLong(5_000_000_000L);
  private final Recorder recorder = new Recorder(new Text(), nanos::get, "header\n");

  private final class Text implements RecordingStore.Tape {
    @Override
    public void write(String lines) {
      tape.append(lines);
    }

    @Override
    public void close() {
      tape.append("closed");
    }
  }

  @Test
  void characterInTwoPieces_isOne() {
    byte[] fox = "a🦊b".getBytes(UTF_8);
    recorder.output(Arrays.copyOf(fox, 3));
    nanos.addAndGet(1_500_000_000L);
    recorder.output(Arrays.copyOfRange(fox, 3, fox.length));

    assertThat(tape).hasToString("header\n[0.000000,\"o\",\"a\"]\n[1.500000,\"o\",\"🦊b\"]\n");
  }

  @Test
  void whatIsNoText_isReplaced_andControlsAreSpelled() {
    recorder.output(new byte[] {(byte) 0xff, 'x', 27, '"', '\\', 10});

    assertThat(tape).hasToString("header\n[0.000000,\"o\",\"\uFFFDx\\u001b\\\"\\\\\\u000a\"]\n");
  }

  @Test
  void newSize_isWrittenBeforeWhatIsShownInIt() {
    recorder.resize(100, 30);
    recorder.resize(120, 40);
    recorder.output("x".getBytes(UTF_8));

    assertThat(tape).hasToString("header\n[0.000000,\"r\",\"120x40\"]\n[0.000000,\"o\",\"x\"]\n");
  }

  @Test
  void tooMuch_isCutAndSaysSo() {
    byte[] mebibyte = "ü".repeat(1 << 19).getBytes(UTF_8);
    for (int i = 0; i < 70; i++) {
      recorder.output(mebibyte);
    }

    assertThat((long) tape.toString().getBytes(UTF_8).length)
        .isLessThan(Recorder.MOST_BYTES + (1 << 21));
    assertThat(tape.substring(tape.length() - 100)).contains("\"m\",\"cut: ");
  }
}
