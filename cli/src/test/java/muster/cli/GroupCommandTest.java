package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

  private static final String EXECUTE = "/api/device-groups/group_1/execute";
  private static final String EXECUTION = "/api/device-groups/group_1/executions/gexec_1";
  private static final String AGAIN = "muster group execution group_1 gexec_1\n";

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

  private static String execution(String status) {
    return "{\"execution_id\":\"gexec_1\",\"status\":\"%s\",\"failed\":0,\"results\":[]}"
        .formatted(status);
  }

  @Test
  void exec_whoseAnswerWasLost_isAskedForOnce() {
    server
        .on(
            "POST " + EXECUTE,
            exchange -> {
              throw new IOException("cut");
            },
            FakeServer.json(202, execution("running")))
        .on("GET " + EXECUTION, execution("completed"));

    assertThat(run("group", "exec", "kiosks", "--", "uname").exit()).isZero();

    assertThat(server.all("POST", EXECUTE))
        .hasSize(2)
        .extracting(request -> request.header("Idempotency-key"))
        .doesNotContainNull()
        .satisfies(keys -> assertThat(Set.copyOf(keys)).hasSize(1));
  }

  @Test
  void exec_bearsWithAServerThatRestarts() {
    server
        .on("POST " + EXECUTE, FakeServer.json(202, execution("running")))
        .on(
            "GET " + EXECUTION,
            FakeServer.error(503, "starting"),
            FakeServer.json(200, execution("running")),
            FakeServer.error(503, "starting"),
            FakeServer.json(200, execution("completed")));

    Cli run = run("group", "exec", "kiosks", "--", "uname");

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.err())
        .isEqualTo("muster: gexec_1 is under way; to look at it without this: " + AGAIN);
  }

  @Test
  void exec_thatCtrlCLeaves_goesOn_andSaysHowToLookAtIt() {
    server
        .on("POST " + EXECUTE, FakeServer.json(202, execution("running")))
        .on("GET " + EXECUTION, execution("running"));
    terminal.beforeSleep = terminal::ctrlC;

    Cli run = run("group", "exec", "kiosks", "--", "uname");

    assertThat(run.exit()).isEqualTo(Exit.CANCELLED);
    assertThat(run.err()).endsWith("muster: gexec_1 goes on: " + AGAIN);
  }

  @Test
  void exec_takesTheSurroundingsThatExecTakes() {
    server
        .on("POST " + EXECUTE, FakeServer.json(202, execution("completed")))
        .on("GET " + EXECUTION, execution("completed"));
    terminal.type("in");

    run("group", "exec", "kiosks", "--cwd", "/srv", "--env", "A=b", "--stdin", "--", "sh", "-s");

    assertThat(server.only("POST", EXECUTE).json().path("args"))
        .hasToString(
            "{\"argv\":[\"sh\",\"-s\"],\"cwd\":\"/srv\",\"env\":{\"A\":\"b\"},\"stdin\":\"in\"}");
  }

  @Test
  void execution_isShownLater_alsoWhenItsGroupIsGone() {
    server.on("GET " + EXECUTION, execution("running"));

    Cli shown = run("group", "execution", "kiosks", "gexec_1");

    assertThat(shown.exit()).isZero();
    assertThat(shown.err()).isEqualTo("muster: still under way; --follow waits for its end\n");
    server.on("GET /api/device-groups/group_2/executions/gexec_1", execution("completed"));
    assertThat(run("group", "execution", "group_2", "gexec_1", "--follow").exit()).isZero();
  }

  @Test
  void members_areAllFetched_howeverManyThereAre() {
    server
        .on("GET /api/device-groups/group_1?limit=1000&offset=0", members(0, 1000))
        .on("GET /api/device-groups/group_1?limit=1000&offset=1000", members(1000, 3));

    assertThat(run("group", "show", "kiosks").out())
        .hasLineCount(1004)
        .contains("\nweb-999\t", "\nweb-1002\t");
  }

  private static String members(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(
            """
            {"id":"dev_%1$d","name":"web-%1$d","online":true,"status":"approved"}\
            """
                ::formatted)
        .collect(Collectors.joining(",", "{\"id\":\"group_1\",\"members\":[", "]}"));
  }
}
