package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;

/// Programs that tools start.
class SubprocessTest extends ProgramsCase {
  @Test
  void program_isEndedWithItsTool() throws Exception {
    Path pid = directory.resolve("pid");
    program("systemctl", "echo $$ > '" + pid + "'; exec sleep 600");
    execute("e1", "list_services", "{}", 60);
    await().until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
    executions.cancel("e1");

    assertThat(result("e1").status()).isEqualTo(ToolStatus.CANCELLED);
    assertGone(Files.readString(pid).strip());
    execute("e2", "list_services", "{}", 1);
    assertThat(result("e2").status()).isEqualTo(ToolStatus.TIMED_OUT);
    assertGone(Files.readString(pid).strip());
  }

  @Test
  void program_thatPrintsWithoutEnd_isCutAndSaidSo() {
    program("systemctl", "head -c 3000000 /dev/zero | tr '\\0' 'x'");

    assertThat(done("list_services", "{}").flag("truncated")).isTrue();
  }

  @Test
  void program_whoseChildHoldsItsOutput_isNotWaitedForLong() throws Exception {
    Path pid = directory.resolve("pid");
    program("systemctl", "sleep 600 & echo $! > '" + pid + "'; echo 'a.service loaded active x y'");

    assertThat(done("list_services", "{}").objects("services", each -> each)).hasSize(1);
    ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
        .ifPresent(ProcessHandle::destroyForcibly);
  }

  @Test
  void program_leavesNoFiles() throws Exception {
    program("systemctl", "");
    done("list_services", "{}");

    assertThat(files()).allMatch(name -> name.endsWith(".out"));
  }
}
