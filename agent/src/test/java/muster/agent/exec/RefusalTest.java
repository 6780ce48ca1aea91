package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import muster.agent.policy.Limits;
import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;

/// What is not started, by policy or for want of room.
class RefusalTest extends ExecutionsCase {
  @Test
  void refusals_startNothing() {
    assertThatThrownBy(
            () -> executions.accept(request("e", "ftp", "{}", 60, 600), 0, started -> {}))
        .isInstanceOf(RpcException.class)
        .matches(e -> ((RpcException) e).error().code() == RpcError.UNKNOWN_TOOL);
    assertThatThrownBy(() ->
            executions.accept(
                request("e", "bash", "{\"command\":\"true\"}", 60, 2),
                Duration.ofSeconds(3).toNanos(),
                started -> {}))
        .matches(e -> ((RpcException) e).error().code() == RpcError.EXPIRED);
    assertThat(journal.find("e")).isEmpty();
  }

  @Test
  void seventeenthCommand_isBusy() {
    for (int i = 0; i < Limits.MOST.running(); i++) {
      execute("e" + i, 1, "{\"command\":\"sleep 600\"}", 600);
    }

    assertThatThrownBy(() -> execute("more", 1, "{\"command\":\"true\"}", 60))
        .matches(e -> ((RpcException) e).error().code() == RpcError.BUSY);
    assertThat(journal.find("more")).isEmpty();
  }

  @Test
  void stopAll_interruptsAndRefuses() throws Exception {
    execute("e1", 1, "{\"command\":\"sleep 600\"}", 600);
    executions.stopAll();

    assertThat(result("e1").status()).isEqualTo(ToolStatus.INTERRUPTED);
    assertThatThrownBy(() -> execute("e2", 1, "{\"command\":\"true\"}", 60))
        .matches(e -> ((RpcException) e).error().code() == RpcError.BUSY);
  }

  @Test
  void deniedByPolicy_isRefusedWithTheRule_andNotStarted() throws Exception {
    Path marker = directory.resolve("marker");
    allow(
        "{\"tools\":{\"deny\":[\"write_file\"]},\"read\":{\"allow\":[\"/srv\"]},"
            + "\"commands\":{\"allow\":[\"uptime\"]}}");

    assertDenied("bash", "{\"command\":\"touch " + marker + "\"}", "commands.shells is false");
    assertDenied(
        "bash", "{\"argv\":[\"touch\",\"" + marker + "\"]}", "touch: not in commands.allow");
    assertDenied(
        "bash", "{\"argv\":[\"uptime\"],\"env\":{\"PATH\":\"/tmp\"}}", "not in commands.env");
    assertDenied(
        "write_file",
        "{\"path\":\"" + marker + "\",\"content\":\"\"}",
        "write_file: tools.deny has write_file");
    assertDenied("read_file", path(marker), marker + ": not in read.allow");
    assertDenied("http_request", "{\"url\":\"http://127.0.0.1/\"}", "not named in http.allow");
    assertThat(marker).doesNotExist();
    assertThat(journal.find("denied")).isEmpty();
  }

  @Test
  void deniedWhenOpened_failsWithTheRule() throws Exception {
    Path root = Files.createDirectory(directory.toRealPath().resolve("root"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("/etc/passwd"));
    allow("{\"read\":{\"allow\":[\"" + root + "\"]}}");
    ToolResult result = run("e1", "read_file", path(root.resolve("link")));

    assertThat(result.status()).isEqualTo(ToolStatus.FAILED);
    assertThat(result.error().orElse(""))
        .startsWith("denied by the device's policy: ")
        .endsWith("(/etc/passwd): not in read.allow");
  }

  @Test
  void policyChanged_countsForTheNextRequest() throws Exception {
    run("e1", "{\"command\":\"true\"}");
    allow("{\"tools\":{\"deny\":[\"bash\"]}}");
    assertDenied("bash", "{\"command\":\"true\"}", "tools.deny has bash");
    allow("{");
    assertDenied("system_info", "{}", "policy.json cannot be used");
    allow("{}");
    run("e3", "{\"command\":\"true\"}");
  }

  @Test
  void limits_ofThePolicy_count() throws Exception {
    allow("{\"limits\":{\"running\":1,\"timeout_seconds\":1}}");
    execute("e1", 1, "{\"command\":\"sleep 600\"}", 600);

    assertThatThrownBy(() -> execute("e2", 1, "{\"command\":\"true\"}", 60))
        .matches(e -> ((RpcException) e).error().code() == RpcError.BUSY);
    assertThat(result("e1").status()).isEqualTo(ToolStatus.TIMED_OUT);
    assertThat(result("e1").error()).contains("timed out after 1 s");
  }

  private void assertDenied(String tool, String args, String rule) {
    assertThatThrownBy(() -> execute("denied", tool, args, 60))
        .isInstanceOf(RpcException.class)
        .hasMessageContaining(rule)
        .matches(e -> ((RpcException) e).error().code() == RpcError.DENIED);
  }
}
