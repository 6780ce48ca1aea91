package muster.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Permission;
import muster.auth.Role;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class ToolsTest {
  private static void refused(String tool, Map<String, Object> args, String message) {
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Tools.find(tool).orElseThrow().check(args))
        .withMessage(message);
  }

  private static void taken(String tool, Map<String, Object> args) {
    assertThatNoException().isThrownBy(() -> Tools.find(tool).orElseThrow().check(args));
  }

  @Test
  void names_ofATool_areOneTool() {
    for (String name : List.of("bash", "execution.bash", "shell", "exec")) {
      assertThat(Tools.canonical(name)).isEqualTo("bash");
    }
    assertThat(Tools.canonical("system.info")).isEqualTo("system_info");
    assertThat(Tools.canonical("camera")).isEqualTo("camera");
    assertThat(Tools.find("camera")).isEmpty();
  }

  @Test
  void capability_coversItsToolAndAGroupItsTools() {
    assertThat(Tools.covers("execution.bash", "bash")).isTrue();
    assertThat(Tools.covers("filesystem", "list_files")).isTrue();
    assertThat(Tools.covers("filesystem.read", "read_file")).isTrue();
    assertThat(Tools.covers("filesystem.read", "write_file")).isFalse();
    assertThat(Tools.covers("camera", "camera")).isTrue();
    assertThat(Tools.covers("camera", "bash")).isFalse();
  }

  @Test
  void capabilities_forATool_areAllThatCoverIt() {
    for (Tool tool : Tools.ALL) {
      assertThat(Tools.capabilitiesFor(tool.name()))
          .contains(tool.name())
          .allMatch(capability -> Tools.covers(capability, tool.name()));
    }
    assertThat(Tools.capabilitiesFor("execution.bash")).contains("bash", "execution.bash");
    assertThat(Tools.capabilitiesFor("read_file")).contains("filesystem");
    assertThat(Tools.capabilitiesFor("own.tool")).containsExactly("own.tool");
  }

  @Test
  void bash_takesALineOrAProgram_andWhatItDoesNotKnow() {
    taken("bash", Map.of("command", "true", "other", 5));
    taken("bash", Map.of("argv", List.of("true"), "env", Map.of("A", "b"), "stdin", ""));
    refused("bash", Map.of(), "args: \"none of these\" (expected: command or argv)");
    refused(
        "bash",
        Map.of("command", "true", "argv", List.of("true")),
        "args: \"several of these\" (expected: command or argv)");
    refused("bash", Map.of("command", 5), "args.command: 5 (expected: text)");
    refused("bash", Map.of("argv", List.of()), "args.argv: \"a list\" (expected: a list of texts)");
    refused(
        "bash",
        Map.of("argv", List.of("a"), "env", Map.of("A", 1)),
        "args.env: \"an object\" (expected: an object of texts)");
  }

  @Test
  void files_takeWhatTheSchemaSays() {
    taken("read_file", Map.of("path", "/a", "offset", 0L, "limit", 1048576, "encoding", "base64"));
    taken("read_file", Map.of("path", "/a", "limit", 2.0));
    refused("read_file", Map.of(), "args.path: \"nothing\" (expected: text)");
    refused(
        "read_file",
        Map.of("path", "/a", "limit", 1048577L),
        "args.limit: 1048577 (expected: 1..1048576)");
    refused(
        "read_file",
        Map.of("path", "/a", "limit", 1.5),
        "args.limit: 1.5 (expected: a whole number)");
    refused(
        "read_file",
        Map.of("path", "/a", "encoding", "utf16"),
        "args.encoding: \"utf16\" (expected: one of utf8, base64)");
    refused(
        "read_file",
        Map.of("path", "/a", "ofset", 1),
        "args.ofset: \"unknown\" (expected: one of path, offset, limit, encoding)");
    refused("system_info", Map.of("all", true), "args.all: \"unknown\" (expected: no arguments)");
    refused(
        "list_files",
        Map.of("path", "/a", "recursive", "yes"),
        "args.recursive: \"yes\" (expected: true or false)");
    refused(
        "read_file",
        Map.of("path", "/".repeat(4097)),
        "args.path: \"4097 characters\" (expected: at most 4096)");
  }

  @Test
  void namesForPrograms_areHeldToTheirForm() {
    taken("check_service", Map.of("service", "getty@tty1.service"));
    refused(
        "check_service",
        Map.of("service", "--root=/"),
        "args.service: \"--root=/\" (expected: letters, digits and @._:-, at most 256, no - first)");
    taken("package_install", Map.of("package", "g++"));
    for (String name : List.of("-y", "vim-", "a b", "vim/sid", "vim=1", "../x.deb", "Vim", "v")) {
      refusedSomehow("package_install", Map.of("package", name));
    }
    for (String name : List.of("", "-rf", "a;b", "a b", "Anna", "a".repeat(33))) {
      refusedSomehow("user_manage", Map.of("action", "delete", "username", name));
    }
    refusedSomehow("container_logs", Map.of("container", "--help"));
    refusedSomehow("network_test", Map.of("target", "-f"));
    refusedSomehow("process_kill", Map.of("pid", 1));
    refusedSomehow("process_kill", Map.of("pid", 100, "name", "sleep"));
    refusedSomehow("process_kill", Map.of("signal", "KILL"));
  }

  private static void refusedSomehow(String tool, Map<String, Object> args) {
    assertThatExceptionOfType(Fault.class)
        .as("%s %s", tool, args)
        .isThrownBy(() -> Tools.find(tool).orElseThrow().check(args));
  }

  @Test
  void interval_thatWouldMakeADeviceOffline_isRefusedWithTheReason() {
    taken("set_interval", Map.of("interval", 30));
    refused(
        "set_interval",
        Map.of("interval", 60),
        "args.interval: 60 (expected: 5..30, as a device that is not heard of for 45 s is offline)");
  }

  @Test
  void permission_ofHighRisk_isAdministration_butForTheShellAndFiles() {
    for (Tool tool : Tools.ALL) {
      boolean administered =
          tool.risk() == Risk.HIGH && !List.of("bash", "write_file").contains(tool.name());
      assertThat(Tools.permission(tool.name()))
          .as(tool.name())
          .isEqualTo(administered ? Permission.COMMAND_ADMINISTER : Permission.COMMAND_EXECUTE);
    }
    assertThat(Tools.permission("exec")).isEqualTo(Permission.COMMAND_EXECUTE);
    assertThat(Tools.permission("camera")).isEqualTo(Permission.COMMAND_EXECUTE);
  }

  @Test
  void mayUse_followsTheRole_andTheRefusalNamesToolAndPermission() {
    assertThatNoException().isThrownBy(() -> Tools.requireMayUse(somebody(Role.ADMIN), "reboot"));
    assertThatNoException().isThrownBy(() -> Tools.requireMayUse(somebody(Role.OPERATOR), "shell"));
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Tools.requireMayUse(somebody(Role.OPERATOR), "reboot"))
        .withMessage("tool reboot needs the permission command:administer")
        .matches(fault -> fault.code() == FaultCode.PERMISSION_DENIED);
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Tools.requireMayUse(somebody(Role.VIEWER), "ping"))
        .matches(fault -> fault.code() == FaultCode.PERMISSION_DENIED);
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Tools.requireMayUse(Caller.anonymous(Origin.SERVER), "ping"))
        .matches(fault -> fault.code() == FaultCode.UNAUTHENTICATED);
  }

  private static Caller somebody(Role role) {
    return new Caller(Caller.Kind.KEY, "1", "ci", role, Optional.empty(), "key_1", Origin.SERVER);
  }

  @Test
  void get_ofAnUnknownName_tellsThoseThereAre() {
    assertThat(Tools.get("type", "file_write").name()).isEqualTo("write_file");
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Tools.get("type", "rdp"))
        .withMessageStartingWith("type: \"rdp\" (expected: one of bash, check_service, ")
        .withMessageContaining("exec, file_checksum,")
        .matches(fault -> fault.code() == FaultCode.INVALID_ARGUMENT);
  }

  @Test
  void everyTool_hasNamesOfItsOwn_andASchema() {
    List<String> names =
        Tools.ALL.stream()
            .flatMap(tool -> Stream.concat(Stream.of(tool.name()), tool.aliases().stream()))
            .toList();
    assertThat(names).doesNotHaveDuplicates();
    assertThat(Tools.ALL)
        .allSatisfy(tool -> {
          assertThat(tool.description()).endsWith(".");
          assertThat(tool.argsSchema()).containsKey("properties");
        });
  }

  @Test
  void secrets_areInNoMessage() {
    refused(
        "write_file",
        Map.of("path", "/a", "content", List.of("secret")),
        "args.content: \"not shown\" (expected: text)");
    refused(
        "http_request",
        Map.of("url", "http://a/", "headers", "secret"),
        "args.headers: \"not shown\" (expected: an object of texts)");
  }

  @Test
  void null_isAsGoodAsNothing() {
    Map<String, Object> args = new HashMap<>();
    args.put("command", "true");
    args.put("argv", null);
    taken("bash", args);
    refused(
        "read_file",
        Collections.singletonMap("path", null),
        "args.path: \"nothing\" (expected: text)");
  }

  @Test
  void recorded_leavesOutWhatMayBeSecretOrLarge() {
    Tool write = Tools.find("write_file").orElseThrow();
    assertThat(write.recorded(Map.of("path", "/a", "content", "secret", "mode", "0600")))
        .isEqualTo("path=/a mode=0600");
    Tool http = Tools.find("http_request").orElseThrow();
    assertThat(
            http.recorded(
                Map.of("url", "http://a/", "headers", Map.of("Authorization", "s"), "body", "s")))
        .isEqualTo("url=http://a/");
  }

  @Test
  void schema_saysWhatIsChecked() {
    Map<String, Object> bash = Tools.find("bash").orElseThrow().argsSchema();
    assertThat(bash)
        .containsEntry("type", "object")
        .containsEntry(
            "oneOf",
            List.of(Map.of("required", List.of("command")), Map.of("required", List.of("argv"))))
        .doesNotContainKeys("required", "additionalProperties");

    Map<String, Object> read = Tools.find("read_file").orElseThrow().argsSchema();
    assertThat(read)
        .containsEntry("required", List.of("path"))
        .containsEntry("additionalProperties", false);
    assertThat(read.get("properties"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsOnlyKeys("path", "offset", "limit", "encoding")
        .containsEntry(
            "limit",
            Map.of(
                "type",
                "integer",
                "description",
                "How many bytes at most; default 1 MiB.",
                "minimum",
                1L,
                "maximum",
                1048576L))
        .containsEntry(
            "encoding",
            Map.of(
                "type",
                "string",
                "description",
                "How the bytes are printed; default utf8.",
                "enum",
                List.of("utf8", "base64")));
  }
}
