package muster.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.fault.Fault;
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
