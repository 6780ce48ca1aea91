package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class GroupCommandTest {
  private static final String GROUP =
      """
      {"id":"group_1","name":"kiosks","description":null,"device_count":2,"members":[
        {"id":"dev_1","name":"web-1","online":true,"status":"approved"},
        {"id":"dev_2","name":"web-2","online":false,"status":"approved"}],
       "created_at":"2026-04-15T14:30:00Z"}\
      """;

  private static final String SUMMARY =
      """
      {"id":"group_1","name":"kiosks","description":null,"device_count":2,
       "created_at":"2026-04-15T14:30:00Z"}\
      """;

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    server.on("GET /api/device-groups", "{\"groups\":[" + SUMMARY + "],\"total\":1}");
    server.on("GET /api/device-groups/group_1", GROUP);
    return Cli.run(server, terminal, args);
  }

  @Test
  void list_andShow_areTables() {
    assertThat(run("group", "list").out())
        .isEqualTo("NAME\tDEVICES\tDESCRIPTION\tID\nkiosks\t2\t\tgroup_1\n");
    assertThat(run("group", "show", "kiosks").out())
        .contains("web-1\tonline\tapproved\tdev_1", "web-2\toffline\tapproved\tdev_2");
  }

  @Test
  void create_printsTheId() {
    server.on("POST /api/device-groups", GROUP);
    assertThat(run("group", "create", "kiosks", "--description", "screens").out())
        .isEqualTo("group_1\n");
    assertThat(server.only("POST", "/api/device-groups").body())
        .contains("\"name\":\"kiosks\"", "\"description\":\"screens\"");
  }

  @Test
  void addAndRemove_nameGroupAndDevice() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("POST /api/device-groups/group_1/members/dev_1", GROUP)
        .on("DELETE /api/device-groups/group_1/members/dev_1", "{}");
    assertThat(run("group", "add", "kiosks", "web-1").exit()).isZero();
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
    assertThat(run("group", "remove", "kiosks", "web-1").exit()).isZero();
  }

  @Test
  void unknownGroup_isNotFound() {
    assertThat(run("group", "show", "none").exit()).isEqualTo(Exit.NOT_FOUND);
  }

  @Test
  void exec_waitsForTheEndAndFailsWithAnyDevice() {
    String running =
        "{\"execution_id\":\"gexec_1\",\"status\":\"running\",\"failed\":0,\"results\":[]}";
    String ended =
        """
        {"execution_id":"gexec_1","status":"completed","failed":1,"results":[
          {"device_id":"dev_1","status":"failed","exit_code":3,"output":"one\\ntwo\\n"},
          {"device_id":"dev_2","status":"skipped","error":"offline"}]}\
        """;
    server
        .on("POST /api/device-groups/group_1/execute", running)
        .on("GET /api/device-groups/group_1/executions/gexec_1", ended)
        .on("GET /api/device-groups/group_1/executions/gexec_1", ended);
    Cli run = run("group", "exec", "kiosks", "--parallel", "1", "--", "uname", "-a");
    assertThat(run.out())
        .isEqualTo(
            "DEVICE\tSTATUS\tEXIT\tLAST LINE\nweb-1\tfailed\t3\ttwo\nweb-2\tskipped\t\toffline\n");
    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(server.only("POST", "/api/device-groups/group_1/execute").body())
        .contains("[\"uname\",\"-a\"]", "\"parallel\":1");
  }
}
