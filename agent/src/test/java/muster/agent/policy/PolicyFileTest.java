package muster.agent.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import muster.agent.log.Log;
import muster.wire.PolicySummary;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFileTest {
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

  @TempDir private Path own;
  private PolicyFile file;

  @BeforeEach
  void open() {
    file =
        new PolicyFile(
            own,
            new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), InstantSource.system()));
  }

  private void write(String rules) throws IOException {
    Path fresh = Files.writeString(own.resolve("fresh"), rules);
    Files.move(fresh, own.resolve(PolicyFile.NAME), StandardCopyOption.ATOMIC_MOVE);
  }

  private String log() {
    return logged.toString(StandardCharsets.UTF_8);
  }

  @Test
  void noFile_everythingIsAllowed() {
    assertThat(file.get().summary()).isEqualTo(PolicySummary.NONE);
    file.get().requireTool("bash");
    assertThat(log()).isEmpty();
  }

  @Test
  void changed_isReadAgain() throws Exception {
    assertThat(file.get().allowsTool("bash")).isTrue();
    write("{\"tools\":{\"deny\":[\"bash\"]}}");
    assertThat(file.get().allowsTool("bash")).isFalse();
    assertThat(file.get().summary().rules().object("tools").strings("deny"))
        .containsExactly("bash");
    write("{\"tools\":{\"deny\":[\"bush\"]}}");
    assertThat(file.get().allowsTool("bash")).as("of the same size").isTrue();
    Files.delete(own.resolve(PolicyFile.NAME));
    assertThat(file.get().summary()).isEqualTo(PolicySummary.NONE);
    assertThat(log()).contains("are in force").contains("is gone: everything is allowed");
  }

  @Test
  void unchanged_isNotReadAgain() throws Exception {
    write("{}");
    assertThat(file.get()).isSameAs(file.get());
  }

  @Test
  void broken_refusesAllWork_andSaysWhyOnce() throws Exception {
    for (String rules :
        new String[] {
          "{\"tools\":", "{\"tool\":{}}", "[]", "{\"terminal\":\"" + "x".repeat(20_000)
        }) {
      write(rules);
      assertThat(file.get().summary().state()).isEqualTo(PolicySummary.State.BROKEN);
      assertThat(file.get().allowsTool("system_info")).isFalse();
    }
    write("{\"tool\":{}}");
    assertThatThrownBy(() -> file.get().requireTool("bash"))
        .isInstanceOf(DeniedException.class)
        .hasMessageStartingWith("policy.json cannot be used: tool: an object (expected: one of");
    int before = log().length();
    assertThat(log()).contains("ERROR").contains("all work is refused");
    file.get();
    assertThat(log()).hasSize(before);
  }

  @Test
  void notUtf8OrNoFile_isBroken() throws Exception {
    Files.write(own.resolve(PolicyFile.NAME), new byte[] {'{', -1, '}'});
    assertThat(file.get().summary().problem()).contains("not UTF-8");
    Files.delete(own.resolve(PolicyFile.NAME));
    Files.createDirectory(own.resolve(PolicyFile.NAME));
    assertThat(file.get().summary().state()).isEqualTo(PolicySummary.State.BROKEN);
  }

  @Test
  void unreadable_isBroken_untilItIsGone() throws Exception {
    Path policy = own.resolve(PolicyFile.NAME);
    Files.createSymbolicLink(policy, policy);
    assertThat(file.get().summary().state()).isEqualTo(PolicySummary.State.BROKEN);
    Files.delete(policy);
    assertThat(file.get().summary()).isEqualTo(PolicySummary.NONE);
  }

  @Test
  void mended_countsAgain() throws Exception {
    write("{");
    assertThat(file.get().allowsTool("bash")).isFalse();
    write("{}");
    assertThat(file.get().allowsTool("bash")).isTrue();
  }
}
