package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    customSynopsis = {
      "muster exec <name or id> [<options>] -- <command> [<argument>...]",
      "       muster exec <name or id> [<options>] --tool <tool> [--args <json>]"
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster exec web-1 -- uname -a",
      "  muster exec web-1 -- sh -c 'df -h | grep /dev/'",
      "  muster exec web-1 --timeout 1h --cwd /srv --env LANG=C -- make all",
      "  muster exec web-1 --stdin -- sh -s <script.sh",
      "  muster exec web-1 --tool service_restart --args '{\"service\":\"nginx\"}'",
      "  id=$(muster exec web-1 --no-wait -- reboot)",
      "",
      "Exit code: that of the command; 124 timed out, 125 could not run, expired or lost,"
          + " 130 cancelled; 2 to 5 as in muster --help when it was not accepted."
    })
final class ExecCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "<name or id>", description = "The device.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "<command>",
      description = "The command and its arguments.")
  private List<String> argv = new ArrayList<>();

  @Mixin private final Invocation invocation = new Invocation();

  @Option(
      names = "--tool",
      paramLabel = "<tool>",
      description = "Run this tool of the device instead of a command.")
  private @Nullable String tool;

  @Option(
      names = "--args",
      paramLabel = "<json>",
      description = "What the tool is given, a JSON object. Default: {}.")
  private @Nullable String args;

  @Option(
      names = "--ttl",
      paramLabel = "<time>",
      defaultValue = "1d",
      description = "How long it may wait for the device; 7d at most. Default: ${DEFAULT-VALUE}.")
  private String ttl = "";

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
    Duration runs = invocation.timeout();
    ObjectNode body = request();
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

  private ObjectNode request() {
    if (tool == null) {
      if (argv.isEmpty()) {
        throw new Failure(Exit.USAGE, "no command (expected: -- <command>, or --tool <tool>)");
      }
      if (args != null) {
        throw new Failure(Exit.USAGE, "--args: only with --tool");
      }
      return invocation.request(argv, session.terminal());
    }
    if (!argv.isEmpty() || !invocation.isPlain()) {
      throw new Failure(
          Exit.USAGE, "--tool: not with a command, --cwd, --env or --stdin (expected: --args)");
    }
    ObjectNode request = Json.object().put("tool", tool);
    request.set("args", args == null ? Json.object() : arguments(args));
    return request;
  }

  private static JsonNode arguments(String json) {
    try {
      JsonNode given = Json.readStrictly(json);
      if (given.isObject()) {
        return given;
      }
    } catch (IOException e) {
      // Said below.
    }
    throw new Failure(
        Exit.USAGE,
        "--args: " + json + " (expected: a JSON object, such as '{\"path\":\"/etc\"}')");
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
}
