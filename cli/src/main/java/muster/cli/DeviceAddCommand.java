package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `device add`: a device made ahead of its machine, by its key.
@Command(
    name = "add",
    header = "Make a device and print its key, this once.",
    description = {
      "",
      "Whoever has the key is the device: a machine where the install command is"
          + " pasted, or a script that reports with curl.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster device add web-2 --tag prod",
      "  muster device add probe --json | jq -r .key"
    })
final class DeviceAddCommand implements Runnable {
  @Parameters(paramLabel = "<name>", description = "What it will be called.")
  private String name = "";

  @Option(names = "--tag", paramLabel = "<tag>", description = "Give it a tag; repeatable.")
  private List<String> tags = new ArrayList<>();

  private final Session session;

  DeviceAddCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    ObjectNode body = Json.object().put("label", name);
    if (!tags.isEmpty()) {
      body.set("tags", Json.array(tags));
    }
    JsonNode made = session.api().post("/api/agents", body);
    Output output = session.output();
    output.facts(
        made,
        () ->
            new Facts()
                .add("Name", Cell.of(made.path("label")))
                .add("Id", Cell.of(made.path("agent_id")))
                .add("Key", Cell.of(made.path("key")))
                .add("Install", Cell.of(made.path("install_cmd"))));
    if (!output.asJson()) {
      output.note("keep the key: it is not shown again");
    }
  }
}
