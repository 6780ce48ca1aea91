package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Proof that nobody was at the log: `audit verify` and `audit export`.
final class AuditProofCommands {
  private static final String PATH = "/v1/audit";
  private static final int PAGE = 1000;

  private AuditProofCommands() {}

  /// @param answer in the form of `GET /v1/audit/verify`
  private static int show(Session session, JsonNode answer) {
    boolean ok = answer.path("ok").asBoolean();
    session.output().facts(answer, () -> facts(answer, ok));
    return ok ? Exit.OK : Exit.FAILURE;
  }

  private static Facts facts(JsonNode answer, boolean ok) {
    return new Facts()
        .add("Chain", Cell.status(ok ? "ok" : "broken"))
        .add("Checked", Cell.of(answer.path("checked")))
        .add("First bad", Cell.of(answer.path("first_bad")))
        .add("Problem", Cell.of(answer.path("problem")))
        .add("Head", Cell.of(head(answer)));
  }

  /// What to note, to be able to ask for it later.
  private static String head(JsonNode answer) {
    String hash = Json.text(answer, "head");
    return hash.isEmpty() ? "" : answer.path("checked").asText() + ":" + hash;
  }

  @Command(
      name = "verify",
      header = "Check that no entry was changed, taken out or put in.",
      description = {
        "",
        "The log of the server; of a data directory with --data, server or not; or of a file that"
            + " audit export wrote. A head that was noted elsewhere also shows entries that were"
            + " taken from the end. Exit code 1 when the chain is broken.",
        ""
      },
      customSynopsis = {
        "muster audit verify [--head <head>]",
        "       muster audit verify <file> [--head <head>]",
        "       muster audit verify --data <dir> [--head <head>]"
      },
      sortOptions = false)
  static final class Verify implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "<file>", description = "Written by audit export.")
    private @Nullable Path file;

    @Option(names = "--data", paramLabel = "<dir>", description = "The server's data directory.")
    private @Nullable String data;

    @Option(
        names = "--head",
        paramLabel = "<head>",
        description = "As audit verify printed it: the log must still hold that entry.")
    private @Nullable String head;

    private final Session session;

    Verify(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      if (data != null) {
        throw new Failure(
            Exit.USAGE,
            "verify --data is done by the server's program; run ./muster audit verify --data");
      }
      AuditFile.Head noted = head == null ? null : AuditFile.Head.parse(head);
      return show(
          session,
          file == null
              ? session.api().get(PATH + "/verify" + new Query().add("head", head))
              : AuditFile.verify(file, noted));
    }
  }

  @Command(
      name = "export",
      header = "Write the whole log to a file that proves itself.",
      description = {
        "",
        "One JSON object a line, oldest first; the last line is the head. Keep it, or the head,"
            + " where the server's administrators can't write. Exit code 1 when the chain is"
            + " broken.",
        ""
      },
      sortOptions = false)
  static final class Export implements Callable<Integer> {
    @Parameters(paramLabel = "<file>", description = "Written anew when it is there.")
    private Path file = Path.of("");

    private final Session session;

    Export(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      try {
        // A name of its own beside the file: an export that breaks off leaves the old one.
        Path part =
            Files.createTempFile(
                file.toAbsolutePath().getParent(),
                ".muster-audit",
                null,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
          write(part);
          Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
          Files.deleteIfExists(part);
        }
      } catch (IOException e) {
        throw new Failure(Exit.FAILURE, file + ": can't be written: " + e.getMessage(), e);
      }
      return show(session, AuditFile.verify(file, null));
    }

    /// What comes while it is written is for the next time.
    private void write(Path part) throws IOException {
      ObjectNode newest = session.api().list(PATH, new Query(), "entries", 1);
      JsonNode last = newest.path("entries").path(0);
      long end = last.path("seq").asLong();
      try (FileChannel channel = FileChannel.open(part, Set.of(StandardOpenOption.WRITE));
          BufferedWriter out =
              new BufferedWriter(
                  new OutputStreamWriter(Channels.newOutputStream(channel), UTF_8))) {
        for (long seq = 0; seq < end; ) {
          seq = page(out, seq, end);
        }
        out.write(
            Json.write(Json.object().put("head", end + ":" + Json.text(last, "hash"))) + "\n");
        out.flush();
        channel.force(true);
      }
    }

    /// @return the number of the last row written; `end` when there is none any more
    private long page(BufferedWriter out, long after, long end) throws IOException {
      Query query = new Query().add("order", "oldest").add("limit", PAGE);
      if (after > 0) {
        query.add("cursor", after);
      }
      long seq = end;
      for (JsonNode row : session.api().get(PATH + query).path("entries")) {
        seq = row.path("seq").asLong();
        if (seq > end) {
          return end;
        }
        out.write(Json.write(row));
        out.write('\n');
      }
      return seq;
    }
  }
}
