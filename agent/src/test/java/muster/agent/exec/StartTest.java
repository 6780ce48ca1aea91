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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which program is started, and what becomes of it when it cannot be watched.
class StartTest extends ExecutionsCase {
  private Path script(Path file, String line) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void relativeProgram_isLookedUpWhereItIsStarted() throws Exception {
    script(directory.resolve("work/bin/tool"), "echo at work");
    script(directory.resolve("bin/tool"), "echo at home");
    String work = directory.resolve("work").toString();
    run("e1", "{\"argv\":[\"bin/tool\"],\"cwd\":\"" + work + "\"}");
    run("e2", "{\"argv\":[\"./bin/tool\"]}");
    run("e3", "{\"argv\":[\"tool\"],\"env\":{\"PATH\":\"bin\"},\"cwd\":\"" + work + "\"}");

    assertThat(printed("e1")).isEqualTo("at work\n");
    assertThat(printed("e2")).isEqualTo("at home\n");
    assertThat(printed("e3")).isEqualTo("at work\n");
    assertThat(run("e4", "{\"argv\":[\"bin/none\"]}").error())
        .contains("bin/none: not found or not executable");
  }

  @Test
  void deniedProgram_isNotStartedUnderAnotherName() throws Exception {
    Path denied = script(directory.toRealPath().resolve("sbin/halt"), "echo halted");
    Path link = Files.createSymbolicLink(directory.resolve("link"), denied);
    allow("{\"commands\":{\"deny\":[\"" + denied + "\"]}}");

    for (String argv :
        new String[] {
          "\"" + link + "\"", "\"./link\"", "\"" + denied.getParent() + "//halt\"", "\"halt\""
        }) {
      ToolResult result =
          run(
              "e" + argv.hashCode(),
              "{\"argv\":[" + argv + "],\"env\":{\"PATH\":\"" + denied.getParent() + "\"}}");
      assertThat(result.status()).as(argv).isEqualTo(ToolStatus.FAILED);
      assertThat(result.error().orElse(""))
          .startsWith("denied by the device's policy: ")
          .endsWith("commands.deny has " + denied);
    }
    assertThat(run("e1", "{\"argv\":[\"true\"]}").exitCode()).hasValue(0);
  }

  @Test
  void timeout_endsWhatTheShellPutInGroupsOfTheirOwn() throws Exception {
    ToolResult result =
        run("e1", "bash", "{\"command\":\"set -m; (trap '' TERM; sleep 600) & echo $!; wait\"}", 1);

    assertThat(result.status()).isEqualTo(ToolStatus.TIMED_OUT);
    long child = Long.parseLong(printed("e1").strip());
    await().atMost(Duration.ofSeconds(60)).until(() -> ProcTable.startTicks(child).isEmpty());
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
    with(scarce);
    String command =
        "{\"command\":\"echo $$ > fresh; mv fresh pid; sleep 600\",\"cwd\":\"" + directory + "\"}";
    ToolResult result = run("e1", tool, tool.equals("bash") ? command : "{}");

    assertThat(result.status()).isEqualTo(ToolStatus.FAILED);
    assertThat(result.error()).contains("unable to create native thread");
    assertThat(processes.workers()).isZero();
    if (Files.exists(pid)) {
      long left = Long.parseLong(Files.readString(pid).strip());
      await().until(() -> !new ProcessSession(left).alive());
    }
  }
}
