package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs a command on one device and passes on its output and its exit code.
@Command(
    name = "exec",
    header = "Run a command on a device.",
    description = {
      "",
      "The command is started as it stands, without a shell: for pipes, variables and"
          + " wildcards run one, sh -c '...'. Output arrives while it runs. For a device that is"
          + " offline the command waits on the server until the device is back, or --ttl is over."
          + " Ctrl-C cancels the command on the device; a second Ctrl-C leaves at once.",
      ""
    },
    customSynopsis = "muster exec <name or id> [<options>] -- <command> [<argument>...]",
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster exec web-1 -- uname -a",
      "  muster exec web-1 -- sh -c 'df -h | grep /dev/'",
      "  muster exec web-1 --timeout 1h --cwd /srv --env LANG=C -- make all",
      "  muster exec web-1 --stdin -- sh -s <script.sh",
      "  id=$(muster exec web-1 --no-wait -- reboot)",
      "",
      "Exit code: that of the command; 124 timed out, 125 could not run, expired or lost,"
          + " 130 cancelled; 2 to 5 as in muster --help when it was not accepted."
    })
final class ExecCommand implements Callable<Integer> {
  /// The server takes requests of 64 KiB; escaping and the rest need room.
  private static final int LONGEST_STDIN = 48 * 1024;

  @Parameters(index = "0", paramLabel = "<name or id>", description = "The device.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "<command>",
      description = "The command and its arguments.")
  private List<String> argv = new ArrayList<>();

  @Option(
      names = "--timeout",
      paramLabel = "<time>",
      defaultValue = "300",
      description = "How long it may run: 300, 5m, 1h at most. Default: ${DEFAULT-VALUE} s.")
  private String timeout = "";

  @Option(
      names = "--ttl",
      paramLabel = "<time>",
      defaultValue = "1d",
      description = "How long it may wait for the device; 7d at most. Default: ${DEFAULT-VALUE}.")
  private String ttl = "";

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

  @Option(names = "--bulk", description = "Let commands go first that somebody waits for.")
  private boolean bulk;

  @Option(
      names = "--idempotent",
      description = "Run it again when the agent or its machine goes down in the middle of it.")
  private boolean idempotent;

  @Option(names = "--no-wait", description = "Print the command's id and leave.")
  private boolean noWait;

  private final Session session;

  ExecCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Duration runs = Times.duration("--timeout", timeout);
    ObjectNode body = Json.object().put("tool", "bash");
    body.set("args", args());
    if (bulk) {
      body.put("lane", "bulk");
    }
    if (idempotent) {
      body.put("idempotent", true);
    }
    body.put("timeout_seconds", runs.toSeconds())
        .put("ttl_seconds", Times.duration("--ttl", ttl).toSeconds());
    JsonNode device = new DeviceNames(session.api()).resolve(name);
    if (noWait) {
      JsonNode command = submit(device, body);
      session.output().value(command, Json.text(command, "id"));
      return Exit.OK;
    }
    CtrlC ctrlC = new CtrlC(session);
    session.terminal().onInterrupt(ctrlC);
    try {
      JsonNode command = submit(device, body);
      String id = Json.text(command, "id");
      ctrlC.watch(id);
      if (DeviceCommands.presence(device).equals("offline")) {
        announceWait(device, command);
      }
      CommandOutput output = new CommandOutput(session, id);
      Optional<JsonNode> end =
          new Follow(session.api(), session.terminal(), output, Follow.SILENCE).toTheEnd(id, runs);
      return ctrlC.pressed() ? Exit.CANCELLED : end.map(output::exit).orElse(Exit.CANCELLED);
    } finally {
      ctrlC.over();
    }
  }

  private JsonNode submit(JsonNode device, ObjectNode body) {
    return session
        .api()
        .postOnce(DeviceNames.path(device) + "/commands", body, UUID.randomUUID().toString());
  }

  private void announceWait(JsonNode device, JsonNode command) {
    session
        .output()
        .note(
            "queued: "
                + Json.text(device, "name")
                + " is offline; waiting until "
                + Json.text(command, "expires_at")
                + " (Ctrl-C cancels; --no-wait would not wait)");
  }

  private ObjectNode args() {
    ObjectNode args = Json.object();
    args.set("argv", Json.array(argv));
    if (!cwd.isEmpty()) {
      args.put("cwd", cwd);
    }
    if (!env.isEmpty()) {
      args.set("env", environment());
    }
    if (stdin) {
      args.put("stdin", input());
    }
    return args;
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

  private String input() {
    try {
      byte[] bytes = session.terminal().in().readNBytes(LONGEST_STDIN + 1);
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
