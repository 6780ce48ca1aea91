package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import muster.wire.FieldException;
import muster.wire.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BashCommandTest {
  @Test
  void command_goesToAShell() {
    assertThat(parse("{\"command\":\"ls -l\"}").argv())
        .hasSize(3)
        .startsWith(
            java.nio.file.Files.exists(java.nio.file.Path.of("/bin/bash"))
                ? "/bin/bash"
                : "/bin/sh")
        .endsWith("-c", "ls -l");
  }

  @Test
  void argv_isKeptAsItIs() {
    assertThat(parse("{\"argv\":[\"ls\",\"\",\"-l\"]}").argv()).containsExactly("ls", "", "-l");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                              | args:",
        "{\"command\":\"a\",\"argv\":[\"b\"]}            | args:",
        "{\"command\":7}                                 | command: 7",
        "{\"command\":\"a\\u0000b\"}                     | args.command:",
        "{\"argv\":[]}                                   | args.argv:",
        "{\"argv\":[\"\"]}                               | args.argv:",
        "{\"argv\":[\"-f\"]}                             | args.argv:",
        "{\"argv\":[\"a\",\"b\\u0000\"]}                 | args.argv: \"b\\u0000\"",
        "{\"argv\":[\"a\",1]}                            | argv: 1",
        "{\"argv\":\"ls\"}                               | argv: \"ls\"",
        "{\"command\":\"a\",\"cwd\":\"b\"}               | args.cwd: \"b\"",
        "{\"command\":\"a\",\"cwd\":\"/\\u0000\"}        | args.cwd:",
        "{\"command\":\"a\",\"env\":[]}                  | env: a list",
        "{\"command\":\"a\",\"env\":{\"X\":1}}           | X: 1",
        "{\"command\":\"a\",\"env\":{\"\":\"x\"}}        | args.env: \"\"",
        "{\"command\":\"a\",\"env\":{\"A=B\":\"x\"}}     | args.env: \"A=B\"",
        "{\"command\":\"a\",\"env\":{\"-S/x y\":\"\"}}   | args.env: \"-S/x y\"",
        "{\"command\":\"a\",\"env\":{\"1\":\"x\"}}       | args.env: \"1\"",
        "{\"command\":\"a\",\"env\":{\"A\":\"\\u0000\"}} | args.env.A:",
        "{\"command\":\"a\",\"stdin\":1}                 | stdin: 1",
      })
  void parse_unusable_namesTheField(String args, String message) {
    assertThatThrownBy(() -> parse(args))
        .isInstanceOf(FieldException.class)
        .hasMessageStartingWith(message);
  }

  private static BashCommand parse(String args) {
    return BashCommand.parse(Json.parseObject(args));
  }
}
