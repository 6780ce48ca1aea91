package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What there is to install: `update create`, `list`, `show`, `deprecate`.
@Command(
    name = "update",
    header = "Publish versions of software for devices.",
    synopsisSubcommandLabel = "<command>",
    subcommands = {
      UpdateCommand.Create.class,
      UpdateCommand.All.class,
      UpdateCommand.One.class,
      UpdateCommand.Deprecate.class
    })
final class UpdateCommand {
  static final String SERVICE = "/fleetd.v1.UpdateService/";

  private UpdateCommand() {}

  @Command(
      name = "create",
      header = "Publish a version of files that were uploaded; prints its id.",
      description = {
        "",
        "Each file is one of muster binary list, which knows for which platform and processor it"
            + " is. A device gets the one that fits it.",
        ""
      },
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster update create kiosk 2.0.0 --binary bin_4k… --binary bin_9x… \\",
        "    --restart 'systemctl restart kiosk' --link /opt/kiosk"
      })
  static final class Create implements Runnable {
    @Parameters(index = "0", paramLabel = "<name>", description = "Of the software.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "<version>", description = "Such as 2.0.0.")
    private String version = "";

    @Option(
        names = "--binary",
        required = true,
        paramLabel = "<id>",
        description = "A file of it; repeatable, one for each kind of machine.")
    private List<String> binaries = new ArrayList<>();

    @Option(
        names = "--type",
        paramLabel = "<type>",
        description = "binary, archive or script. Default: by the file's name.")
    private @Nullable String type;

    @Option(
        names = "--link",
        paramLabel = "<path>",
        description = "Where devices keep a link to the current version.")
    private @Nullable String link;

    @Option(
        names = "--install",
        paramLabel = "<command>",
        description = "A line for the shell, run in the new version's directory.")
    private @Nullable String install;

    @Option(
        names = "--restart",
        paramLabel = "<command>",
        description = "A line for the shell, run after each switch.")
    private @Nullable String restart;

    @Option(
        names = "--handover",
        paramLabel = "<system>",
        description = "rauc, swupdate or apt installs it.")
    private @Nullable String handover;

    @Option(names = "--description", paramLabel = "<text>", description = "For people.")
    private String description = "";

    @Option(
        names = "--metadata",
        paramLabel = "<key=value>",
        description = "Whatever else is to be known of it; repeatable.")
    private Map<String, String> metadata = new LinkedHashMap<>();

    private final Session session;

    Create(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      ObjectNode request =
          Json.object().put("name", name).put("version", version).put("description", description);
      ArrayNode artifacts = request.putArray("artifacts");
      binaries.forEach(binary -> artifacts.add(artifact(binary)));
      ObjectNode facts = request.putObject("metadata");
      metadata.forEach(facts::put);
      JsonNode answer = session.api().post(SERVICE + "CreateUpdate", request);
      session.output().value(answer, Json.text(answer, "updateId"));
    }

    private ObjectNode artifact(String binary) {
      JsonNode label = session.api().get("/v1/binaries/" + Query.encoded(binary));
      ObjectNode artifact =
          Json.object()
              .put("platform", label.path("platform").asText(""))
              .put("architecture", label.path("architecture").asText(""))
              .put("binary_id", binary)
              .put("target_path", link == null ? "" : link)
              .put("handover", handover == null ? "" : handover)
              .put("type", type(label.path("name").asText("")));
      shell(artifact.putArray("install_command"), install);
      shell(artifact.putArray("restart_command"), restart);
      return artifact;
    }

    /// The device knows the file by its id, which has no ending.
    private String type(String file) {
      if (type != null) {
        return type.toUpperCase(Locale.ROOT);
      }
      if (file.matches("(?i).*\\.(tar|tar\\.gz|tgz|zip)")) {
        return "ARCHIVE";
      }
      return file.endsWith(".sh") ? "SCRIPT" : "BINARY";
    }

    private static void shell(ArrayNode words, @Nullable String line) {
      if (line != null) {
        words.add("sh").add("-c").add(line);
      }
    }
  }

  @Command(
      name = "list",
      header = "List the versions that were published, newest first.",
      sortOptions = false)
  static final class All implements Runnable {
    @Option(names = "--name", paramLabel = "<name>", description = "Those of that name.")
    private String name = "";

    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer =
          session
              .api()
              .post(SERVICE + "ListUpdates", Json.object().put("name", name).put("page_size", 100));
      session.output().table(answer, () -> table(answer, session.terminal().now()));
    }

    private static Table table(JsonNode answer, Instant now) {
      Table table = new Table("ID", "NAME", "VERSION", "STATUS", "FOR", "CREATED", "BY").keep("ID");
      for (JsonNode update : answer.path("updates")) {
        table.row(
            Cell.of(update.path("id")),
            Cell.of(update.path("name")),
            Cell.of(update.path("version")),
            Cell.status(Json.text(update, "status").toLowerCase(Locale.ROOT)),
            Cell.of(platforms(update)),
            Cell.time(update.path("createdAt"), now),
            Cell.of(update.path("createdBy")));
      }
      return table;
    }

    private static String platforms(JsonNode update) {
      List<String> platforms = new ArrayList<>();
      for (JsonNode artifact : update.path("artifacts")) {
        String architecture = artifact.path("architecture").asText("");
        String platform = artifact.path("platform").asText("");
        platforms.add(
            (platform.isEmpty() ? "any" : platform)
                + (architecture.isEmpty() ? "" : "/" + architecture));
      }
      return String.join(",", platforms);
    }
  }

  @Command(name = "show", header = "Show a version, with its files.", sortOptions = false)
  static final class One implements Runnable {
    @Parameters(paramLabel = "<id>", description = "The update's id.")
    private String id = "";

    private final Session session;

    One(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer =
          session.api().post(SERVICE + "GetUpdate", Json.object().put("update_id", id));
      JsonNode update = answer.path("update");
      session
          .output()
          .facts(
              update,
              () -> {
                Facts facts =
                    new Facts()
                        .add("id", Cell.of(update.path("id")))
                        .add("name", Cell.of(update.path("name")))
                        .add("version", Cell.of(update.path("version")))
                        .add(
                            "status",
                            Cell.status(Json.text(update, "status").toLowerCase(Locale.ROOT)))
                        .add("description", Cell.of(update.path("description")));
                for (JsonNode artifact : update.path("artifacts")) {
                  facts.add(
                      "file",
                      Cell.of(
                          "%s %s, %s"
                              .formatted(
                                  artifact.path("platform").asText("any"),
                                  artifact.path("url").asText(),
                                  Progress.size(artifact.path("sizeBytes").asLong()))));
                }
                return facts
                    .add("created", Cell.moment(update.path("createdAt")))
                    .add("by", Cell.of(update.path("createdBy")));
              });
    }
  }

  @Command(
      name = "deprecate",
      header = "Deploy a version no more; what goes on goes on.",
      sortOptions = false)
  static final class Deprecate implements Runnable {
    @Parameters(paramLabel = "<id>", description = "The update's id.")
    private String id = "";

    private final Session session;

    Deprecate(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer =
          session.api().post(SERVICE + "DeprecateUpdate", Json.object().put("update_id", id));
      session.output().done(answer.path("update"), id + " is deprecated");
    }
  }
}
