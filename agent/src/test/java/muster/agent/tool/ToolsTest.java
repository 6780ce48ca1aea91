package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;
import muster.wire.RpcError;
import muster.wire.RpcException;
import org.junit.jupiter.api.Test;

class ToolsTest {
  @Test
  void tools_ofAMachine_areThoseWhoseProgramIsThere() {
    List<String> bare = Tools.of(program -> false);
    assertThat(bare)
        .contains("bash", "ping", "file_read", "verify_backup", "dns_lookup", "process_kill")
        .doesNotContain("check_service", "get_logs", "container_list", "package_install", "reboot");
    assertThat(Tools.of(Set.of("podman", "tracepath")::contains))
        .contains("container_list", "network_test")
        .doesNotContain("check_service");
    assertThat(Tools.of(program -> true)).isEqualTo(Tools.NAMES).doesNotHaveDuplicates();
  }

  @Test
  void everyName_isATool_thatRefusesWhatItDoesNotKnow() {
    for (String name : Tools.NAMES) {
      assertThatThrownBy(
              () -> Tools.read(name, JsonObject.builder().put("no_such_argument", 1).build()))
          .as(name)
          .isInstanceOf(RpcException.class)
          .matches(e -> ((RpcException) e).error().code() == RpcError.INVALID_PARAMS);
    }
    assertThatThrownBy(() -> Tools.read("rdp", JsonObject.empty()))
        .matches(e -> ((RpcException) e).error().code() == RpcError.UNKNOWN_TOOL);
  }

  @Test
  void toolsWithoutArguments_tellSomething() throws Exception {
    for (String tool :
        List.of("ping", "list_users", "security_scan", "network_stats", "discover_services")) {
      assertThat(new TestDesk(Policy.open(Optional.empty())).run(tool, "{}").json().asMap())
          .as(tool)
          .isNotEmpty();
    }
  }

  @Test
  void listUsers_hasRoot_withItsGroup() throws Exception {
    JsonObject root =
        new TestDesk(Policy.open(Optional.empty()))
            .run("list_users", "{}").json().objects("users", each -> each).stream()
                .filter(each -> each.integer("uid") == 0)
                .findFirst()
                .orElseThrow();
    assertThat(root.string("name")).isEqualTo("root");
    assertThat(root.strings("groups")).contains("root");
  }
}
