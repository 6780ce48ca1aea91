package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class DeviceCommandsTest {
  private static final String HOSTILE = "a\u001b[31m\tb\nc\u009b\u202e";

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  @Test
  void devices_onTerminal_isAlignedTable() {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE, Samples.UNSEEN));
    terminal.env.put("NO_COLOR", "1");
    terminal.asTerminal(200);

    Cli run = run("devices");

    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .isEqualTo(
            """
            NAME   STATUS   TAGS            CPU    MEM    DISK   LAST SEEN  TYPE    AGENT  ID
            web-1  online   frankfurt,prod  12.3%  45.1%  38.1%  3m ago     pikvm   0.4.2  dev_1
            db-1   offline  -               -      -      -      never      server  -      dev_2
            """);
  }

  @Test
  void devices_onTerminal_coloursOnlyTheStatus() {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
    terminal.asTerminal(200);

    assertThat(run("devices").out()).containsOnlyOnce("\u001b[32monline\u001b[0m");
    assertThat(terminal.outText().split("\u001b", -1)).hasSize(3);
  }

  @Test
  void devices_narrowTerminal_isCutToItsWidth() {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
    terminal.env.put("NO_COLOR", "1");
    terminal.asTerminal(80);

    assertThat(run("devices").out().lines()).allMatch(line -> line.length() <= 80);
    assertThat(terminal.outText()).contains("frankfurt,p…");
  }

  @Test
  void devices_piped_isTabSeparatedAndComplete() {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE, Samples.UNSEEN));
    terminal.width = 20;

    assertThat(run("devices").out())
        .isEqualTo(
            """
            NAME\tSTATUS\tTAGS\tCPU\tMEM\tDISK\tLAST SEEN\tTYPE\tAGENT\tID
            web-1\tonline\tfrankfurt,prod\t12.3\t45.1\t38.1\t2026-04-15T14:30:00Z\tpikvm\t0.4.2\tdev_1
            db-1\toffline\t\t\t\t\t\tserver\t\tdev_2
            """);
  }

  @Test
  void devices_json_isTheWholeAnswer() throws Exception {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));

    String piped = run("devices", "--json").out();

    assertThat(Json.read(piped)).isEqualTo(Json.read(Samples.devices(Samples.DEVICE)));
    assertThat(piped.lines()).hasSize(1);
  }

  @Test
  void devices_jsonOnTerminal_isIndented() {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
    terminal.asTerminal(80);

    assertThat(run("--json", "devices").out().lines().count()).isGreaterThan(20);
  }

  @Test
  void devices_allOptions_becomeQuery() {
    server.on("GET /v1/devices", Samples.devices());

    run(
        "devices",
        "--filter",
        "status:online AND name:\"a b\"",
        "--status",
        "online",
        "--status",
        "offline",
        "--tag",
        "a",
        "--tag",
        "b&c",
        "--search",
        "ü",
        "--sort",
        "name,-last_seen, cpu_usage DESC",
        "--limit",
        "7");

    assertThat(URLDecoder.decode(server.requests.getFirst().target(), UTF_8))
        .isEqualTo(
            "/v1/devices?filter=status:online AND name:\"a b\"&status=online&status=offline"
                + "&tag=a&tag=b&c&search=ü&order_by=name ASC, last_seen DESC, cpu_usage DESC"
                + "&limit=7");
    assertThat(server.requests.getFirst().header("Authorization")).isEqualTo("Bearer mk_test");
  }

  @Test
  void devices_limitOverOnePage_asksForPages() {
    String more = Samples.devices(Samples.DEVICE).replace("]}", "],\"next_cursor\":\"a/b\"}");
    server
        .on("GET /v1/devices?limit=1000", more)
        .on("GET /v1/devices?limit=1000&cursor=a%2Fb", Samples.devices(Samples.UNSEEN));

    assertThat(run("devices", "--limit", "1500").out()).contains("web-1\t", "db-1\t");
    assertThat(terminal.errText()).isEmpty();
  }

  @Test
  void devices_moreThanLimit_saysSo() {
    String more = Samples.devices(Samples.DEVICE).replace("]}", "],\"next_cursor\":\"x\"}");
    server.on("GET /v1/devices", more);

    assertThat(run("devices", "--limit", "1").err()).contains("there are more");
  }

  @Test
  void devices_badLimit_isUsage() {
    assertThat(run("devices", "--limit", "0").exit()).isEqualTo(Exit.USAGE);
    assertThat(terminal.errText()).isEqualTo("muster: --limit: 0 (expected: 1 or more)\n");
  }

  @Test
  void devices_hostileName_isWrittenOut() throws Exception {
    String hostile =
        Samples.devices(Json.object().put("id", "dev_1").put("name", HOSTILE).toString());
    server.on("GET /v1/devices", hostile);
    String shown = "a\\u001b[31m\\tb\\nc\\u009b\\u202e";

    assertThat(run("devices").out().lines().skip(1)).singleElement().asString().startsWith(shown);

    FakeTerminal json = new FakeTerminal().asTerminal(80);
    String text = Cli.run(server, json, "devices", "--json").out();
    assertThat(text).doesNotContain("\u001b", "\u009b", "\u202e");
    assertThat(Json.read(text)).isEqualTo(Json.read(hostile));
  }

  @Test
  void devices_badFilter_isUsageWithTheServersWords() {
    server.on("GET /v1/devices", FakeServer.error(400, "filter: unknown field nme at 0"));

    Cli run = run("devices", "--filter", "nme:x");

    assertThat(run.exit()).isEqualTo(Exit.USAGE);
    assertThat(run.err()).isEqualTo("muster: filter: unknown field nme at 0\n");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void device_byName_showsFactsAndLastCommands() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("GET /v1/devices/dev_1", Samples.DEVICE)
        .on("GET /v1/commands", "{\"commands\":[" + Samples.COMMAND + "]}");
    terminal.env.put("NO_COLOR", "1");
    terminal.asTerminal(200);

    Cli run = run("device", "web-1");

    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .contains("Status        online\n")
        .contains("Since         3h ago\n")
        .contains("Reason        connected from 127.0.0.1\n")
        .contains("Uptime        10d\n")
        .contains("Load          0.4,0.3,0.3\n")
        .contains(
            "exec_1  queued  -     web-1   1m ago   -     key:bootstrap  sh -c 'echo '\\''a b'\\'''");
    assertThat(server.only("GET", "/v1/commands").target())
        .isEqualTo("/v1/commands?device=dev_1&limit=5");
  }

  @Test
  void device_ownPolicy_isToldInOneLine() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on(
            "GET /v1/devices/dev_1",
            withPolicy("{\"state\":\"none\"}"),
            withPolicy("{\"state\":\"in_force\",\"rules\":{\"tools\":{},\"terminal\":false}}"),
            withPolicy("{\"state\":\"broken\",\"problem\":\"offset 3\"}"));

    assertThat(run("device", "web-1").out()).contains("policy\tnone\n");
    assertThat(run("device", "web-1").out()).contains("policy\tin force for tools, terminal\n");
    assertThat(run("device", "web-1").out())
        .contains("policy\tbroken, all work is refused: offset 3\n");
  }

  private static FakeServer.Answer withPolicy(String policy) {
    return FakeServer.json(
        200, Samples.DEVICE.replace("\"created_at\"", "\"policy\":" + policy + ",\"created_at\""));
  }

  @Test
  void device_piped_isKeyAndValueOnly() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("GET /v1/devices/dev_1", Samples.DEVICE);

    assertThat(run("device", "web-1").out())
        .contains("last_seen\t2026-04-15T14:30:00Z\n")
        .contains("uptime\t864000\n")
        .contains("cpu\t12.3\n");
    assertThat(server.all("GET", "/v1/commands")).isEmpty();
  }

  @Test
  void device_viewerWhoMayNotSeeCommands_seesTheDevice() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("GET /v1/devices/dev_1", Samples.DEVICE)
        .on("GET /v1/commands", FakeServer.error(403, "operators only"));
    terminal.asTerminal(100);

    Cli run = run("device", "web-1");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).isEmpty();
  }

  @Test
  void device_unknownPresence_saysUnknown() {
    String unknown = Samples.DEVICE.replace("\"state\":\"online\"", "\"state\":\"unknown\"");
    server.on("GET /v1/devices", Samples.devices(unknown)).on("GET /v1/devices/dev_1", unknown);

    assertThat(run("device", "show", "web-1").out()).contains("status\tunknown\n");
  }

  @Test
  void device_byId_isFetchedDirectly() {
    server.on("GET /v1/devices/dev_1", Samples.DEVICE);

    assertThat(run("device", "dev_1").out()).contains("name\tweb-1\n");
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void device_nameThatLooksLikeAnId_isFoundByName() {
    String odd = Samples.DEVICE.replace("\"name\":\"web-1\"", "\"name\":\"dev_x\"");
    server.on("GET /v1/devices", Samples.devices(odd)).on("GET /v1/devices/dev_1", odd);

    assertThat(run("device", "dev_x").out()).contains("id\tdev_1\n");
  }

  @Test
  void device_idThatLooksLikeAName_isFoundById() {
    server
        .on("GET /v1/devices", Samples.devices())
        .on("GET /v1/devices/kvm%3A7", Samples.DEVICE.replace("dev_1", "kvm:7"));

    assertThat(run("device", "kvm:7").out()).contains("id\tkvm:7\n");
  }

  @Test
  void device_nameOfAnotherResource_isNoDevice() {
    server
        .on("GET /v1/devices", Samples.devices())
        .on("GET /v1/devices/enrollment", "{\"tokens\":[]}");

    assertThat(run("device", "delete", "enrollment", "--yes").exit()).isEqualTo(Exit.NOT_FOUND);
  }

  @Test
  void device_nameWithQuotes_isEscapedInTheFilter() {
    String name = "a \"b\" \\ *";
    String device = Json.object().put("id", "dev_1").put("name", name).toString();
    server.on("GET /v1/devices", Samples.devices(device)).on("GET /v1/devices/dev_1", device);

    assertThat(run("device", name).exit()).isZero();
    assertThat(URLDecoder.decode(server.requests.getFirst().target(), UTF_8))
        .isEqualTo("/v1/devices?filter=name:\"a \\\"b\\\" \\\\ *\"");
  }

  @Test
  void device_unknown_suggestsNearNames() {
    server
        .on("GET /v1/devices", Samples.devices())
        .on("GET /v1/devices?limit=1000", Samples.devices(Samples.DEVICE, Samples.UNSEEN));

    Cli run = run("device", "webb-1");

    assertThat(run.exit()).isEqualTo(Exit.NOT_FOUND);
    assertThat(run.err()).isEqualTo("muster: no device webb-1; did you mean web-1?\n");
  }

  @Test
  void device_unknownWithNothingNear_namesTheList() {
    server.on("GET /v1/devices", Samples.devices());

    assertThat(run("device", "x\u001b[2J").err())
        .isEqualTo("muster: no device x\\u001b[2J; muster devices lists them\n");
  }

  @Test
  void device_sameNameTwice_listsIds() {
    server.on(
        "GET /v1/devices",
        Samples.devices(Samples.DEVICE, Samples.DEVICE.replace("dev_1", "dev_9")));

    Cli run = run("device", "web-1");

    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(run.err()).contains("2 devices are called web-1", "dev_1, dev_9");
  }

  @Test
  void device_withoutName_isUsage() {
    assertThat(run("device").exit()).isEqualTo(Exit.USAGE);
  }

  @Test
  void deviceSet_nameAndTags_patches() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("PATCH /v1/devices/dev_1", Samples.DEVICE);

    Cli run = run("device", "set", "web-1", "--name", "web-2", "--tag", "a", "--tag", "b");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).isEqualTo("muster: web-1 has the tags frankfurt,prod\n");
    assertThat(server.only("PATCH", "/v1/devices/dev_1").body())
        .isEqualTo("{\"name\":\"web-2\",\"tags\":[\"a\",\"b\"]}");
  }

  @Test
  void deviceSet_addAndRemove_startsFromTheTagsThereAre() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("PATCH /v1/devices/dev_1", Samples.DEVICE);

    run("device", "set", "web-1", "--add-tag", "canary", "--remove-tag", "prod", "--json");

    assertThat(server.only("PATCH", "/v1/devices/dev_1").body())
        .isEqualTo("{\"tags\":[\"frankfurt\",\"canary\"]}");
    assertThat(terminal.outText()).startsWith("{\"id\":\"dev_1\"");
  }

  @Test
  void deviceSet_noTags_sendsNone() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("PATCH /v1/devices/dev_1", Samples.DEVICE);

    run("device", "set", "web-1", "--no-tags");

    assertThat(server.only("PATCH", "/v1/devices/dev_1").body()).isEqualTo("{\"tags\":[]}");
  }

  @Test
  void deviceSet_nothingOrContradiction_isUsage() {
    assertThat(run("device", "set", "web-1").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("device", "set", "web-1", "--tag", "a", "--add-tag", "b").exit())
        .isEqualTo(Exit.USAGE);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void deviceDelete_yes_deletes() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("DELETE /v1/devices/dev_1", FakeServer.json(204, ""));

    Cli run = run("device", "delete", "web-1", "--yes", "--json");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).isEqualTo("{\"deleted\":\"dev_1\"}\n");
  }

  @Test
  void deviceDelete_confirmed_deletes() {
    server
        .on("GET /v1/devices", Samples.devices(Samples.DEVICE))
        .on("DELETE /v1/devices/dev_1", FakeServer.json(204, ""));
    terminal.type("y\n").inTerminal = true;

    Cli run = run("device", "delete", "web-1");

    assertThat(run.exit()).isZero();
    assertThat(run.err())
        .isEqualTo(
            "Delete web-1 (dev_1), which is online? [y/N] muster: web-1 (dev_1) is deleted\n");
  }

  @Test
  void deviceDelete_declinedOrUnasked_deletesNothing() {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));

    assertThat(run("device", "delete", "web-1").exit()).isEqualTo(Exit.USAGE);
    terminal.type("\n").inTerminal = true;
    assertThat(run("device", "delete", "web-1").exit()).isEqualTo(Exit.CANCELLED);
    assertThat(server.all("DELETE", "/v1/devices/dev_1")).isEmpty();
  }
}
