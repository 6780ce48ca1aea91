package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Pairing: `pair` makes a code, shows it in every form a machine takes it in, and waits for the
/// machine.
@Command(
    name = "pair",
    header = "Let a machine in by a code of six digits.",
    description = {
      "",
      "Prints what to type on the machine. The code can be used once, within 5 minutes. The machine"
          + " waits for approval unless --auto-approve or the server's setting says otherwise.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {"  muster pair", "  muster pair --auto-approve --no-wait --json | jq -r .code"})
final class PairCommand implements Callable<Integer> {
  private static final String PATH = "/api/devices/pair";
  private static final Duration PAUSE = Duration.ofSeconds(2);

  /// White on black whatever the terminal's own colours are: readers want dark on light.
  private static final String PAINT = "\u001b[97;40m";

  private static final String PLAIN = "\u001b[0m";

  @Option(names = "--auto-approve", description = "Approve the machine at once.")
  private boolean autoApprove;

  @Option(names = "--no-wait", description = "Do not wait for the machine.")
  private boolean noWait;

  private final Session session;

  PairCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    ObjectNode body = Json.object();
    if (autoApprove) {
      body.put("auto_approve", true);
    }
    JsonNode pairing = session.api().post(PATH, body);
    show(pairing);
    return noWait ? Exit.OK : await(pairing);
  }

  private void show(JsonNode pairing) {
    Output output = session.output();
    if (output.asJson()) {
      output.jsonLine(pairing);
      return;
    }
    String command = Json.text(pairing, "pair_cmd");
    output.print(Text.visible(command) + "\n");
    if (session.terminal().outIsTerminal()) {
      output.print("\n" + qr() + "\n");
    }
    String expires = Json.text(pairing, "expires_at");
    output.note(
        "type that on the machine, or scan the QR; the code is "
            + Json.text(pairing, "code")
            + ", good once, until "
            + expires
            + " ("
            + Times.relative(expires, session.terminal().now())
            + ")");
    if (command.contains("--host 127.") || command.contains("--host localhost")) {
      output.note("on another machine put an address of this one behind --host");
    }
  }

  private String qr() {
    String qr = session.api().text(PATH + "/qr", "text/plain").stripTrailing();
    return session.terminal().colour()
        ? qr.lines().map(line -> PAINT + line + PLAIN).collect(Collectors.joining("\n"))
        : qr;
  }

  /// Until something has become of the code.
  private int await(JsonNode pairing) {
    String path = PATH + "/" + Query.encoded(Json.text(pairing, "id"));
    JsonNode state = session.api().get(path);
    while (Json.text(state, "status").equals("open")) {
      try {
        session.terminal().sleep(PAUSE);
      } catch (InterruptedException e) {
        return Exit.CANCELLED;
      }
      state = session.api().get(path);
    }
    if (session.output().asJson()) {
      session.output().jsonLine(state);
    }
    if (!state.hasNonNull("device_id")) {
      throw new Failure(Exit.FAILURE, "no machine came; the code is " + Json.text(state, "status"));
    }
    if (!session.output().asJson()) {
      tell(session.api().get("/v1/devices/" + Query.encoded(Json.text(state, "device_id"))));
    }
    return Exit.OK;
  }

  private void tell(JsonNode device) {
    String approval = Json.text(device, "approval");
    session
        .output()
        .note(
            Json.text(device, "name")
                + " ("
                + Json.text(device, "id")
                + ") is here and "
                + approval
                + (approval.equals("pending")
                    ? "; let it in with: muster approve " + Json.text(device, "id")
                    : ""));
  }
}
