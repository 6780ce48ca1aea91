package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which program is started, and what becomes of it when it cannot be watched.
@Timeout(60)
class StartTest {
  @TempDir private Path directory;

  private Path script(Path file, String line) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void relativeProgram_isLookedUpWhereItIsStarted() throws Exception {
    script(directory.resolve("work/bin/tool"), "echo at work");
    script(directory.resolve("bin/tool"), "echo at home");
    try (Rig rig = new Rig(directory, Threads.DAEMONS)) {
      String work = directory.resolve("work").toString();
      rig.run("e1", "{\"argv\":[\"bin/tool\"],\"cwd\":\"" + work + "\"}");
      rig.run("e2", "{\"argv\":[\"./bin/tool\"]}");
      rig.run("e3", "{\"argv\":[\"tool\"],\"env\":{\"PATH\":\"bin\"},\"cwd\":\"" + work + "\"}");

      assertThat(rig.text("e1")).isEqualTo("at work\n");
      assertThat(rig.text("e2")).isEqualTo("at home\n");
      assertThat(rig.text("e3")).isEqualTo("at work\n");
      assertThat(rig.run("e4", "{\"argv\":[\"bin/none\"]}").error())
          .contains("bin/none: not found or not executable");
    }
  }

  @Test
  void deniedProgram_isNotStartedUnderAnotherName() throws Exception {
    Path denied = script(directory.toRealPath().resolve("sbin/halt"), "echo halted");
    Path link = Files.createSymbolicLink(directory.resolve("link"), denied);
    try (Rig rig = new Rig(directory, Threads.DAEMONS)) {
      rig.allow("{\"commands\":{\"deny\":[\"" + denied + "\"]}}");

      for (String argv :
          new String[] {
            "\"" + link + "\"", "\"./link\"", "\"" + denied.getParent() + "//halt\"", "\"halt\""
          }) {
        ToolResult result =
            rig.run(
                "e" + argv.hashCode(),
                "{\"argv\":[" + argv + "],\"env\":{\"PATH\":\"" + denied.getParent() + "\"}}");
        assertThat(result.status()).as(argv).isEqualTo(ToolStatus.FAILED);
        assertThat(result.error().orElse(""))
            .startsWith("denied by the device's policy: ")
            .endsWith("commands.deny has " + denied);
      }
      assertThat(rig.run("e1", "{\"argv\":[\"true\"]}").exitCode()).hasValue(0);
    }
  }

  @Test
  void timeout_endsWhatTheShellPutInGroupsOfTheirOwn() throws Exception {
    try (Rig rig = new Rig(directory, Threads.DAEMONS)) {
      ToolResult result =
          rig.run(
              "e1",
              "bash",
              "{\"command\":\"set -m; (trap '' TERM; sleep 600) & echo $!; wait\"}",
              1);

      assertThat(result.status()).isEqualTo(ToolStatus.TIMED_OUT);
      long child = Long.parseLong(rig.text("e1").strip());
      await().atMost(Duration.ofSeconds(10)).until(() -> ProcTable.startTicks(child).isEmpty());
    }
  }

  @ParameterizedTest
  @CsvSource({"execution, bash", "reader, bash", "execution, system_info", "tool, system_info"})
  void hostWithoutThreads_isToldAsFailed_andNothingGoesOn(String thread, String tool)
      throws Exception {
    Path pid = directory.resolve("pid");
    Threads scarce =
        (name, task) -> {
          if (name.equals(thread)) {
            await().until(() -> !thread.equals("reader") || Files.exists(pid));
            throw new OutOfMemoryError("unable to create native thread");
          }
          return Threads.DAEMONS.start(name, task);
        };
    try (Rig rig = new Rig(directory, scarce)) {
      String command =
          "{\"command\":\"echo $$ > fresh; mv fresh pid; sleep 600\",\"cwd\":\""
              + directory
              + "\"}";
      ToolResult result = rig.run("e1", tool, tool.equals("bash") ? command : "{}", 60);

      assertThat(result.status()).isEqualTo(ToolStatus.FAILED);
      assertThat(result.error()).contains("unable to create native thread");
      assertThat(rig.processes().workers()).isZero();
      if (Files.exists(pid)) {
        long left = Long.parseLong(Files.readString(pid).strip());
        await().until(() -> !new ProcessSession(left).alive());
      }
    }
  }
}
