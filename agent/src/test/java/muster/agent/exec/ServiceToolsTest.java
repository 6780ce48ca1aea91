package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import muster.wire.JsonObject;
import muster.wire.RpcException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceToolsTest extends ProgramsCase {
  private static final String SHOW =
      """
      case "$*" in
        *show*)
          echo Id=nginx.service
          echo Description=A web server
          echo LoadState=loaded
          echo ActiveState=active
          echo SubState=running
          echo MainPID=4711
          echo NRestarts=2 ;;
      esac\
      """;

  @Test
  void checkService_tellsTheState() throws Exception {
    program("systemctl", SHOW);
    JsonObject state = done("check_service", "{\"service\":\"nginx\"}");

    assertThat(state.string("unit")).isEqualTo("nginx.service");
    assertThat(state.string("description")).isEqualTo("A web server");
    assertThat(state.string("active_state")).isEqualTo("active");
    assertThat(state.integer("main_pid")).isEqualTo(4711);
    assertThat(state.integer("restarts")).isEqualTo(2);
    assertThat(calls("systemctl"))
        .singleElement()
        .asString()
        .startsWith("C [--no-pager] [--no-ask-password] [--full] [show] [--property=Id,")
        .endsWith("[--] [nginx]");
  }

  @Test
  void serviceControl_acts_andTellsTheStateThen() throws Exception {
    program("systemctl", SHOW);
    JsonObject state = done("service_control", "{\"service\":\"nginx\",\"action\":\"enable\"}");

    assertThat(state.string("action")).isEqualTo("enable");
    assertThat(state.string("sub_state")).isEqualTo("running");
    assertThat(calls("systemctl").get(0))
        .isEqualTo("C [--no-pager] [--no-ask-password] [--full] [enable] [--] [nginx]");
    done("restart_service", "{\"service\":\"nginx\"}");
    assertThat(calls("systemctl").get(2)).endsWith("[restart] [--] [nginx]");
    done("service_control", "{\"service\":\"nginx\",\"action\":\"status\"}");
    assertThat(calls("systemctl")).hasSize(5);
  }

  @Test
  void serviceControl_thatFails_saysWhy() {
    program("systemctl", "echo 'Unit nosuch.service not found.' >&2; exit 5");

    assertThat(failure("restart_service", "{\"service\":\"nosuch\"}"))
        .isEqualTo("systemctl: Unit nosuch.service not found.");
  }

  @Test
  void services_onAMachineWithoutSystemd_sayWhatIsMissing() {
    assertThat(failure("check_service", "{\"service\":\"nginx\"}"))
        .isEqualTo("systemctl is not on this machine");
    assertThat(failure("get_logs", "{}")).isEqualTo("journalctl is not on this machine");
  }

  @Test
  void names_thatAreNoUnits_areRefusedBeforeAnythingStarts() throws Exception {
    program("systemctl", SHOW);
    for (String name : List.of("", "-H", "--root=/", "a b", "a/b", "$(id)", "ü")) {
      assertThatThrownBy(() -> done("check_service", "{\"service\":\"" + name + "\"}"))
          .isInstanceOf(RpcException.class)
          .hasMessageContaining("args.service");
    }
    assertThatThrownBy(
            () -> done("service_control", "{\"service\":\"muster-agent\",\"action\":\"stop\"}"))
        .hasMessageContaining("this cuts the device off");
    assertThatThrownBy(() -> done("service_control", "{\"service\":\"nginx\"}"))
        .hasMessageContaining("args.action");
    assertThat(calls("systemctl")).isEmpty();
  }

  @Test
  void listServices_tellsEachWithItsStates() {
    program(
        "systemctl",
        "echo 'cron.service loaded active running Regular background jobs'\n"
            + "echo 'gone.service not-found inactive dead gone.service'");
    List<JsonObject> services = done("list_services", "{}").objects("services", each -> each);

    assertThat(services).hasSize(2);
    assertThat(services.get(0).string("unit")).isEqualTo("cron.service");
    assertThat(services.get(0).string("description")).isEqualTo("Regular background jobs");
    assertThat(services.get(1).string("load_state")).isEqualTo("not-found");
  }

  @Test
  void getLogs_tellsEntriesOfTheJournal() throws Exception {
    program(
        "journalctl",
        """
        cat <<'END'
        {"__REALTIME_TIMESTAMP":"1700000000123456","PRIORITY":"3","_SYSTEMD_UNIT":"nginx.service",\
        "SYSLOG_IDENTIFIER":"nginx","MESSAGE":"grüße"}
        {"__REALTIME_TIMESTAMP":"1700000001000000","MESSAGE":[255,1]}
        {"cut off
        END\
        """);
    JsonObject logs = done("get_logs", "{\"unit\":\"nginx\",\"lines\":3,\"priority\":\"err\"}");

    List<JsonObject> lines = logs.objects("lines", each -> each);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).string("time")).isEqualTo("2023-11-14T22:13:20.123Z");
    assertThat(lines.get(0).string("priority")).isEqualTo("err");
    assertThat(lines.get(0).string("message")).isEqualTo("grüße");
    assertThat(lines.get(1).string("message")).startsWith("(not text");
    assertThat(calls("journalctl"))
        .containsExactly(
            "C [--no-pager] [--quiet] [--output=json] [--lines=3] [--priority=err] [--unit=nginx]");
  }

  @Test
  void getLogs_withoutAJournal_saysSo() {
    program("journalctl", "echo 'No journal files were found.' >&2");

    assertThat(failure("get_logs", "{}")).isEqualTo("journalctl: No journal files were found.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"reboot.target", "poweroff.target", "systemd-reboot", "systemd-halt.service"})
  void unitThatEndsTheMachine_isNoService(String unit) {
    for (String call : List.of("service_control", "restart_service")) {
      String action = call.equals("service_control") ? ",\"action\":\"start\"" : "";
      assertThatThrownBy(() -> done(call, "{\"service\":\"%s\"%s}".formatted(unit, action)))
          .hasMessageContaining("args.service")
          .hasMessageContaining("does not end the machine");
    }
  }
}
