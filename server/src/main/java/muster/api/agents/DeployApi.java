package muster.api.agents;

import java.util.List;
import java.util.Optional;
import muster.deploy.Deployed;
import muster.deploy.Deployment;
import muster.deploy.Deploys;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// The agent on a machine over SSH (F132). The answer waits for the agent; who leaves before it
/// ends nothing.
public final class DeployApi {
  private static final long SSH_PORT = 22;

  private final Deploys deploys;

  private record Answer(
      String agentId,
      String label,
      String key,
      String status,
      String hostKey,
      boolean hostKeyKnown,
      List<StepTaken> steps) {}

  private record StepTaken(String step, long tookMs) {}

  public DeployApi(Deploys deploys) {
    this.deploys = deploys;
  }

  public List<Route> routes() {
    return new Routes(new AgentsFaults()).executeAndWait("/api/agents/deploy", this::deploy).list();
  }

  private Reply deploy(Call call) {
    Deployed deployed = deploys.deploy(call.caller(), wanted(call.json()));
    return Reply.ok(
        new Answer(
            deployed.device().id().value(),
            deployed.device().name(),
            deployed.key().text(),
            "deployed",
            deployed.hostKey().fingerprint(),
            deployed.hostKey().isKnown(),
            deployed.steps().stream()
                .map(done -> new StepTaken(done.step().word(), done.took().toMillis()))
                .toList()));
  }

  private static Deployment wanted(JsonBody body) {
    body.only(
        "host",
        "ssh_user",
        "ssh_port",
        "ssh_key",
        "label",
        "tags",
        "passphrase",
        "replace",
        "host_key_fingerprint");
    String host = body.text("host");
    String user = body.text("ssh_user");
    long port = body.optNumber("ssh_port").orElse(SSH_PORT);
    String key = body.text("ssh_key");
    String label = body.text("label");
    List<String> tags = body.optTexts("tags").orElse(List.of());
    Optional<String> passphrase = body.optSecret("passphrase");
    boolean replace = body.optFlag("replace").orElse(false);
    Optional<String> hostKey = body.optText("host_key_fingerprint");
    return new Deployment(host, port, user, key, passphrase, label, tags, replace, hostKey);
  }
}
