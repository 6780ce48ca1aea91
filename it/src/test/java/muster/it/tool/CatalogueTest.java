package muster.it.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.auth.Permission;
import muster.tool.Tool;
import muster.tool.Tools;
import muster.wire.JsonObject;
import muster.wire.RpcException;
import org.junit.jupiter.api.Test;

/// The catalogue of the server, the tools of the agent, and what is written of them.
class CatalogueTest {
  private static final Path PAGE = Path.of("../docs/tools.md");

  /// `| `ping` | low | operator | … |`
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-z_]+)`[^|]*\\| (low|medium|high) \\| (operator|admin) \\|.*");

  @Test
  void everyTool_isKnownToServerAndAgent() {
    assertThat(Tools.ALL)
        .extracting(Tool::name)
        .containsExactlyInAnyOrderElementsOf(muster.agent.tool.Tools.NAMES);
  }

  @Test
  void everyArgument_isKnownToTheAgent() {
    for (Tool tool : Tools.ALL) {
      Map<String, Object> schema = tool.argsSchema();
      if (Boolean.FALSE.equals(schema.get("additionalProperties"))
          && schema.get("properties") instanceof Map<?, ?> arguments) {
        String refusal = refusal(tool.name());
        arguments
            .keySet()
            .forEach(
                name -> assertThat(refusal).as(tool.name()).containsPattern("\\b" + name + "\\b"));
      }
    }
  }

  /// What the agent says it would take instead.
  private static String refusal(String tool) {
    try {
      muster.agent.tool.Tools.read(tool, JsonObject.builder().put("no_such_argument", 1).build());
      throw new AssertionError(tool + " takes anything");
    } catch (RpcException e) {
      return e.error().message();
    }
  }

  @Test
  void page_saysOfEveryToolHowRiskyItIs_andWhoMayUseIt() throws IOException {
    List<String> written =
        Files.readAllLines(PAGE).stream()
            .map(ROW::matcher)
            .filter(Matcher::matches)
            .map(row -> row.group(1) + " " + row.group(2) + " " + row.group(3))
            .toList();
    assertThat(written)
        .containsExactlyInAnyOrderElementsOf(
            Tools.ALL.stream()
                .map(tool ->
                    "%s %s %s"
                        .formatted(
                            tool.name(),
                            tool.risk().word(),
                            tool.permission() == Permission.COMMAND_ADMINISTER
                                ? "admin"
                                : "operator"))
                .toList());
  }
}
