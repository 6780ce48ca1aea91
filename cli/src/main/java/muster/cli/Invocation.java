package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// The options of `exec` and `group exec` that say how a command runs.
final class Invocation {
  /// The server takes requests of 64 KiB; escaping and the rest need room.
  private static final int LONGEST_STDIN = 48 * 1024;

  @Option(
      names = "--timeout",
      paramLabel = "<time>",
      defaultValue = "300",
      description = "How long it may run: 300, 5m, 1h at most. Default: ${DEFAULT-VALUE} s.")
  private String timeout = "";

  @Option(
      names = "--cwd",
      paramLabel = "<folder>",
      defaultValue = "",
      description = "Run it there.")
  private String cwd = "";

  @Option(
      names = {"-e", "--env"},
      paramLabel = "<name=value>",
      description = "Set a variable of its environment; repeatable.")
  private List<String> env = new ArrayList<>();

  @Option(names = "--stdin", description = "Send what is on stdin (UTF-8, 48 KiB at most).")
  private boolean stdin;

  /// Whether it says nothing that only a command can be told.
  boolean isPlain() {
    return cwd.isEmpty() && env.isEmpty() && !stdin;
  }

  Duration timeout() {
    return Times.duration("--timeout", timeout);
  }

  /// A request to the server without its times: the tool and its arguments. Reads stdin if told to.
  ObjectNode request(List<String> argv, Terminal terminal) {
    ObjectNode args = Json.object();
    args.set("argv", Json.array(argv));
    if (!cwd.isEmpty()) {
      args.put("cwd", cwd);
    }
    if (!env.isEmpty()) {
      args.set("env", environment());
    }
    if (stdin) {
      args.put("stdin", input(terminal));
    }
    ObjectNode request = Json.object().put("tool", "bash");
    request.set("args", args);
    return request;
  }

  private ObjectNode environment() {
    ObjectNode variables = Json.object();
    for (String variable : env) {
      int equals = variable.indexOf('=');
      if (equals < 1) {
        throw new Failure(Exit.USAGE, "--env: " + variable + " (expected: NAME=value)");
      }
      variables.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return variables;
  }

  private static String input(Terminal terminal) {
    try {
      byte[] bytes = terminal.in().readNBytes(LONGEST_STDIN + 1);
      if (bytes.length > LONGEST_STDIN) {
        throw new Failure(
            Exit.USAGE, "stdin: more than 48 KiB; let the device fetch it, as with curl");
      }
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Failure(Exit.USAGE, "stdin: not UTF-8 text; encode it, and decode it there", e);
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "cannot read stdin: " + e.getMessage(), e);
    }
  }
}
