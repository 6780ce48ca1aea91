package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import muster.agent.state.Directory;
import muster.wire.Channel;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrackedTest {
  private static final ToolResult END =
      new ToolResult("e1", 1, ToolStatus.COMPLETED, OptionalInt.of(0), Optional.empty(), 5, false);

  @TempDir private Path directory;

  @Test
  void outputThatCannotBeRead_isAGap_andTheEndSaysSo() throws Exception {
    Spool spool = Spool.open(new Directory(directory), "e1");
    for (int seq = 1; seq <= 3; seq++) {
      spool.append(ToolOutput.text("e1", 1, seq, Channel.STDERR, "line " + seq));
    }
    Tracked tracked = new Tracked("e1", 2, spool, Optional.of(END));
    assertThat(tracked.output(2).orElseThrow().data()).contains("line 2");
    assertThat(tracked.result().orElseThrow().truncated()).isFalse();
    Path file = directory.resolve(Spool.name("e1"));
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Files.writeString(
        file, text.replace("\"line 2\"", "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"));

    ToolOutput gap = tracked.output(2).orElseThrow();
    assertThat(gap.gapBytes()).isEqualTo(OptionalLong.of(text.length() / 3));
    assertThat(gap.attempt()).isEqualTo(2);
    assertThat(tracked.output(3).orElseThrow().data()).contains("line 3");
    assertThat(tracked.result().orElseThrow().truncated()).isTrue();
    spool.close();

    assertThat(tracked.output(3).orElseThrow().gapBytes()).as("the disk fails").isPresent();
  }

  @Test
  void outputThatWasDeleted_isNoMore() throws Exception {
    Spool spool = Spool.open(new Directory(directory), "e1");
    spool.append(ToolOutput.text("e1", 1, 1, Channel.STDOUT, "line"));
    Tracked tracked = new Tracked("e1", 1, spool, Optional.of(END));
    spool.delete();

    assertThat(tracked.output(1)).isEmpty();
    assertThat(tracked.result().orElseThrow().truncated()).isFalse();
  }
}
