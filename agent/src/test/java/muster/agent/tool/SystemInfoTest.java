package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;
import muster.wire.RpcException;
import org.junit.jupiter.api.Test;

class SystemInfoTest {
  @Test
  void systemInfo_tellsFactsAndHealthInOneObject() throws Exception {
    JsonObject info = new TestDesk(Policy.open(Optional.empty())).run("system_info", "{}").json();

    assertThat(info.string("hostname")).isEqualTo("web-1");
    assertThat(info.string("platform")).isEqualTo("linux");
    assertThat(info.integer("processors")).isPositive();
    assertThat(info.integer("memory_total_bytes")).isPositive();
    assertThat(info.integer("uptime_seconds")).isPositive();
    assertThat(info.optNumber("cpu_percent")).isPresent();
  }

  @Test
  void systemInfo_takesNoArguments() {
    assertThatThrownBy(
            () -> new TestDesk(Policy.open(Optional.empty())).run("system_info", "{\"all\":true}"))
        .isInstanceOf(RpcException.class)
        .hasMessageStartingWith("args.all: ");
  }
}
