package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import muster.agent.state.Directory;
import muster.wire.Channel;
import muster.wire.ToolOutput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  @TempDir private Path directory;

  @Test
  void chunks_readBackFromAnyNumber() throws IOException {
    try (Spool spool = open()) {
      for (int seq = 1; seq <= 100; seq++) {
        spool.append(chunk(seq));
      }
      for (int seq = 100; seq >= 1; seq--) {
        assertThat(spool.read(seq)).contains(chunk(seq));
      }
      assertThat(spool.read(0)).isEmpty();
      assertThat(spool.read(101)).isEmpty();
    }
  }

  @Test
  void append_outOfOrder_refused() throws IOException {
    try (Spool spool = open()) {
      assertThatThrownBy(() -> spool.append(chunk(2))).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void reopened_atEveryByteOfTheTail_continuesAfterTheLastWholeChunk() throws IOException {
    try (Spool spool = open()) {
      spool.append(chunk(1));
      spool.append(chunk(2));
    }
    byte[] whole = Files.readAllBytes(file());

    for (int length = 0; length <= whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      try (Spool spool = open()) {
        long next = spool.count() + 1;
        spool.append(chunk(next));
        assertThat(spool.read(next)).contains(chunk(next));
      }
      try (Spool spool = open()) {
        assertThat(spool.read(1)).contains(chunk(1));
      }
    }
  }

  private static ToolOutput chunk(long seq) {
    return ToolOutput.text("e1", 1, seq, Channel.STDOUT, "chunk\n" + "x".repeat((int) seq));
  }

  private Spool open() throws IOException {
    return Spool.open(new Directory(directory), "e1");
  }

  private Path file() {
    return directory.resolve(Spool.name("e1"));
  }
}
