package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The files that updates are made of: `binary list`, `upload`, `download`, `delete`.
@Command(
    name = "binary",
    header = "Keep the files that updates are made of.",
    synopsisSubcommandLabel = "<command>",
    subcommands = {
      BinaryCommand.All.class,
      BinaryCommand.Upload.class,
      BinaryCommand.Fetch.class,
      BinaryCommand.Delete.class
    })
final class BinaryCommand {
  private static final String PATH = "/v1/binaries";

  private BinaryCommand() {}

  private static String path(String id) {
    return PATH + "/" + Query.encoded(id);
  }

  @Command(
      name = "list",
      header = "List the files, newest first.",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = "  muster binary list --name firmware.bin")
  static final class All implements Runnable {
    @Option(names = "--name", paramLabel = "<name>", description = "Those of that name.")
    private @Nullable String name;

    @Option(names = "--limit", paramLabel = "<n>", description = "At most so many. Default: 100.")
    private @Nullable Integer limit;

    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer = session.api().list(PATH, new Query().add("name", name), "binaries", limit);
      session.output().table(answer, () -> table(answer, session.terminal().now()));
    }

    private static Table table(JsonNode answer, Instant now) {
      Table table =
          new Table("ID", "NAME", "VERSION", "PLATFORM", "ARCH", "SIZE", "UPLOADED", "BY")
              .keep("ID");
      for (JsonNode binary : answer.path("binaries")) {
        JsonNode size = binary.path("size_bytes");
        table.row(
            Cell.of(binary.path("id")),
            Cell.of(binary.path("name")),
            Cell.of(binary.path("version")),
            Cell.of(binary.path("platform")),
            Cell.of(binary.path("architecture")),
            new Cell(size.asText(), Progress.size(size.asLong()), 0),
            Cell.time(binary.path("uploaded_at"), now),
            Cell.of(binary.path("uploaded_by")));
      }
      return table;
    }
  }

  @Command(
      name = "upload",
      header = "Upload a file; prints its id.",
      description = {
        "",
        "What breaks is gone on with, and so is what was cancelled when the same is run again"
            + " within 24 h. The same name, version, platform and architecture can't have another"
            + " content; the same content a second time is told by its id.",
        ""
      },
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster binary upload firmware.bin --version 2.0.0 --platform raspberry-pi",
        "  muster binary upload app.tar.gz --version 1.4 --platform linux \\",
        "    --arch arm64 --signature app.tar.gz.minisig --metadata channel=beta"
      })
  static final class Upload implements Callable<Integer> {
    @Parameters(paramLabel = "<file>", description = "A file here.")
    private Path file = Path.of("");

    @Option(
        names = "--version",
        required = true,
        paramLabel = "<version>",
        description = "Such as 2.0.0.")
    private String version = "";

    @Option(
        names = "--platform",
        required = true,
        paramLabel = "<platform>",
        description = "Which devices it is for, such as raspberry-pi.")
    private String platform = "";

    @Option(names = "--arch", paramLabel = "<arch>", description = "Of processors. Default: any.")
    private @Nullable String architecture;

    @Option(names = "--name", paramLabel = "<name>", description = "Default: the file's own.")
    private @Nullable String name;

    @Option(names = "--type", paramLabel = "<type>", description = "Its media type.")
    private @Nullable String contentType;

    @Option(
        names = "--signature",
        paramLabel = "<file>",
        description = "Its signature, as minisign writes it.")
    private @Nullable Path signature;

    @Option(
        names = "--metadata",
        paramLabel = "<key=value>",
        description = "Whatever else is to be known of it; repeatable.")
    private Map<String, String> metadata = new LinkedHashMap<>();

    private final Session session;

    Upload(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      if (!Files.isRegularFile(file)) {
        throw new Failure(
            Exit.USAGE, file + (Files.exists(file) ? ": not a regular file" : ": no such file"));
      }
      BinaryUpload.Label label =
          new BinaryUpload.Label(
              name == null ? String.valueOf(file.getFileName()) : name,
              version,
              platform,
              architecture,
              contentType,
              signature == null ? null : text(signature),
              metadata);
      return interruptible(
          session,
          () -> {
            JsonNode binary = new BinaryUpload(session, file, label).run();
            session.output().value(binary, Json.text(binary, "id"));
          });
    }

    private static String text(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new Failure(Exit.USAGE, file + ": cannot be read", e);
      }
    }
  }

  @Command(
      name = "download",
      header = "Fetch a file.",
      description = {"", "What breaks is gone on with; the SHA-256 is compared at the end.", ""},
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster binary download bin_9k2m4x7q1w5e8r3t",
        "  muster binary download bin_9k2m4x7q1w5e8r3t - | sha256sum"
      })
  static final class Fetch implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "<id>", description = "The binary's id.")
    private String id = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        defaultValue = ".",
        paramLabel = "<to>",
        description = "A file or directory, or - for stdout. Default: its name, here.")
    private String to = ".";

    private final Session session;

    Fetch(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      JsonNode binary = session.api().get(path(id));
      return interruptible(session, () -> fetch(binary));
    }

    private void fetch(JsonNode binary) throws IOException, InterruptedException {
      if (to.equals("-")) {
        take(binary, session.terminal().out());
        session.terminal().out().flush();
        return;
      }
      Path target = target(binary);
      try (PartFile part = new PartFile(target)) {
        try (OutputStream out = part.open()) {
          take(binary, out);
        }
        part.takePlace();
      }
      session
          .output()
          .done(binary, target + ": " + Progress.size(binary.path("size_bytes").asLong()));
    }

    /// The name was given by somebody else: only its last part counts, in the directory asked for.
    private Path target(JsonNode binary) {
      Path asked = Path.of(to);
      if (!Files.isDirectory(asked)) {
        return asked;
      }
      String name = Json.text(binary, "name").replaceFirst(".*[/\\\\]", "");
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw new Failure(Exit.USAGE, "name the file: its own name is none of a file");
      }
      return asked.resolve(name);
    }

    private void take(JsonNode binary, OutputStream out) throws InterruptedException {
      long size = binary.path("size_bytes").asLong();
      try (Progress progress = new Progress(session.terminal(), "from the server")) {
        String checksum =
            new Download(session.api(), path(id) + "/content", size, Download.SILENCE)
                .to(out, progress, new Patience(session.terminal(), "nothing was changed here"));
        if (!checksum.equals(Json.text(binary, "checksum"))) {
          throw new Failure(Exit.FAILURE, "what arrived is not what was sent");
        }
      }
    }
  }

  @Command(name = "delete", header = "Delete a file for good.", sortOptions = false)
  static final class Delete implements Runnable {
    @Parameters(paramLabel = "<id>", description = "The binary's id.")
    private String id = "";

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    private final Session session;

    Delete(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode binary = session.api().get(path(id));
      String what = Json.text(binary, "name") + " " + Json.text(binary, "version");
      new Confirm(session.terminal()).orStop("Delete " + what + " (" + id + ")?", yes);
      session.api().delete(path(id));
      session.output().done(Json.object().put("deleted", id), what + " is deleted");
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  /// Until Ctrl-C.
  private static int interruptible(Session session, Work work) {
    session.terminal().onInterrupt(Thread.currentThread()::interrupt);
    try {
      work.run();
      return Exit.OK;
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      throw new Failure(Exit.CANCELLED, "cancelled", e);
    }
  }
}
