package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `deploy`: the server installs its agent on a machine over SSH.
@Command(
    name = "deploy",
    header = "Install the agent on a machine over SSH.",
    description = {
      "",
      "The server logs in there with a key of its own directory (deploy.ssh_keys),"
          + " installs the agent and waits until it has connected. What fails leaves"
          + " nothing behind.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster deploy ubuntu@192.168.1.15 --label db-01 --tag prod",
      "  muster deploy db-02.example --key fleet --replace"
    })
final class DeployCommand implements Runnable {
  /// The server takes 120 s at most.
  private static final Duration PATIENCE = Duration.ofSeconds(150);

  @Parameters(paramLabel = "[<user>@]<host>", description = "The machine. Default user: root.")
  private String target = "";

  @Option(names = "--port", paramLabel = "<port>", description = "Its SSH port. Default: 22.")
  private int port = 22;

  @Option(
      names = "--key",
      paramLabel = "<name>",
      description = "The server's key to log in with. Default: id_ed25519.")
  private String key = "id_ed25519";

  @Option(names = "--label", paramLabel = "<name>", description = "Its name. Default: the host.")
  private @Nullable String label;

  @Option(names = "--tag", paramLabel = "<tag>", description = "Give it a tag; repeatable.")
  private List<String> tags = new ArrayList<>();

  @Option(
      names = "--host-key",
      paramLabel = "<fingerprint>",
      description = "The key that the machine must show, SHA256:...")
  private @Nullable String hostKey;

  @Option(names = "--replace", description = "Give the device deployed there before a new key.")
  private boolean replace;

  private final Session session;

  DeployCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    int at = target.indexOf('@');
    String host = target.substring(at + 1);
    ObjectNode body =
        Json.object()
            .put("host", host)
            .put("ssh_user", at < 0 ? "root" : target.substring(0, at))
            .put("ssh_port", port)
            .put("ssh_key", key)
            .put("label", label == null ? host : label)
            .put("replace", replace);
    if (!tags.isEmpty()) {
      body.set("tags", Json.array(tags));
    }
    if (hostKey != null) {
      body.put("host_key_fingerprint", hostKey);
    }
    Output output = session.output();
    if (!output.asJson()) {
      output.note("installing on " + host + "; this takes up to two minutes");
    }
    JsonNode deployed = session.api().postAndWait("/api/agents/deploy", body, PATIENCE);
    output.facts(deployed, () -> facts(deployed));
    if (!output.asJson() && !deployed.path("host_key_known").asBoolean()) {
      output.note("its key was never seen before, and is trusted from now on; compare it");
    }
  }

  private static Facts facts(JsonNode deployed) {
    Facts facts =
        new Facts()
            .add("Name", Cell.of(deployed.path("label")))
            .add("Id", Cell.of(deployed.path("agent_id")))
            .add("Key", Cell.of(deployed.path("key")))
            .add("Host key", Cell.of(deployed.path("host_key")));
    for (JsonNode step : deployed.path("steps")) {
      String name = Json.text(step, "step").replace('_', ' ');
      facts.add("Step " + name, Cell.of(step.path("took_ms").asText() + " ms"));
    }
    return facts;
  }
}
