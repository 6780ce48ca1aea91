package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Who did what; the proofs are [AuditProofCommands].
@Command(
    name = "audit",
    header = "Read the audit log, newest last.",
    customSynopsis = {
      "muster audit [<options>]",
      "       muster audit verify [<file>]",
      "       muster audit export <file>"
    },
    sortOptions = false,
    subcommands = {AuditProofCommands.Verify.class, AuditProofCommands.Export.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster audit --since 1h --action 'device.*'",
      "  muster logs -f",
      "  muster audit --outcome denied --since 7d",
      "  muster audit verify",
      "  muster audit export audit-2026-04.jsonl"
    })
final class AuditCommand implements Callable<Integer> {
  private static final String PATH = "/v1/audit";
  private static final Duration POLL = Duration.ofSeconds(2);
  private static final int PAGE = 100;

  @Option(names = "--actor", paramLabel = "<actor>", description = "As in user:anna, key:ci.")
  private @Nullable String actor;

  @Option(
      names = "--action",
      paramLabel = "<action>",
      description = "As in device.delete; device.* for all that begin so.")
  private @Nullable String action;

  @Option(names = "--target", paramLabel = "<target>", description = "As in dev_123.")
  private @Nullable String target;

  @Option(
      names = "--since",
      paramLabel = "<time>",
      description = "As in 1h, 7d or 2026-04-15T14:30:00Z.")
  private @Nullable String since;

  @Option(names = "--until", paramLabel = "<time>", description = "As --since.")
  private @Nullable String until;

  @Option(names = "--outcome", paramLabel = "<outcome>", description = "ok or denied.")
  private @Nullable String outcome;

  @Option(
      names = "--request",
      paramLabel = "<id>",
      description = "The X-Request-Id of an answer, as in req_123.")
  private @Nullable String request;

  @Option(
      names = "--limit",
      paramLabel = "<n>",
      description = "The newest so many. Default: 100; with --follow 10.")
  private @Nullable Integer limit;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on as it grows, until Ctrl-C; JSON is one entry a line then.")
  private boolean follow;

  private final Session session;

  AuditCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (follow) {
      return follow();
    }
    ObjectNode answer = session.api().list(PATH, query(), "entries", limit);
    session.output().table(answer, () -> table(answer));
    return Exit.OK;
  }

  private Query query() {
    return new Query()
        .add("actor", actor)
        .add("action", action)
        .add("target", target)
        .add("outcome", outcome)
        .add("request_id", request)
        .add("since", time("--since", since))
        .add("until", time("--until", until));
  }

  private @Nullable Object time(String option, @Nullable String given) {
    return given == null ? null : Times.since(option, given, session.terminal().now());
  }

  /// In a log the time itself says more than how long ago it was.
  private static Table table(JsonNode answer) {
    Table table = new Table("AT", "OUTCOME", "ACTOR", "ACTION", "TARGET", "ADDRESS", "DETAIL");
    for (JsonNode entry : oldestFirst(answer)) {
      table.row(cells(entry).toArray(Cell[]::new));
    }
    return table;
  }

  private static Iterable<JsonNode> oldestFirst(JsonNode answer) {
    Deque<JsonNode> entries = new ArrayDeque<>();
    answer.path("entries").forEach(entries::push);
    return entries;
  }

  private int follow() {
    Query query = query();
    ObjectNode first = session.api().list(PATH, query, "entries", limit == null ? 10 : limit);
    long seen = print(first);
    if (seen == 0) {
      seen = newest();
    }
    while (!session.terminal().out().checkError()) {
      try {
        session.terminal().sleep(POLL);
      } catch (InterruptedException e) {
        return Exit.CANCELLED;
      }
      seen = Math.max(seen, print(after(seen, query)));
    }
    return Exit.OK;
  }

  /// The number of the log's last entry, whatever the filter: 0 in an empty log.
  private long newest() {
    ObjectNode answer = session.api().list(PATH, new Query(), "entries", 1);
    return answer.path("entries").path(0).path("seq").asLong();
  }

  /// Entries that came after the one numbered `seen`, however many.
  private ObjectNode after(long seen, Query query) {
    int pages = 1;
    while (true) {
      ObjectNode answer = session.api().list(PATH, query, "entries", pages * PAGE);
      JsonNode entries = answer.path("entries");
      boolean all = !answer.hasNonNull("next_cursor");
      if (all || entries.path(entries.size() - 1).path("seq").asLong() <= seen) {
        ObjectNode fresh = Json.object();
        entries.forEach(entry -> {
          if (entry.path("seq").asLong() > seen) {
            fresh.withArray("entries").add(entry);
          }
        });
        return fresh;
      }
      pages *= 10;
    }
  }

  /// @return the number of the newest entry printed; 0 when there was none
  private long print(ObjectNode answer) {
    long newest = 0;
    for (JsonNode entry : oldestFirst(answer)) {
      if (session.output().asJson()) {
        session.output().jsonLine(entry);
      } else {
        session.output().print(line(entry));
      }
      newest = entry.path("seq").asLong();
    }
    return newest;
  }

  private static List<Cell> cells(JsonNode entry) {
    return List.of(
        Cell.moment(entry.path("at")),
        Cell.status(Json.text(entry, "outcome")),
        Cell.of(entry.path("actor")),
        Cell.of(entry.path("action")),
        Cell.of(entry.path("target")),
        Cell.of(entry.path("address")),
        Cell.facts(entry.path("detail")));
  }

  /// Columns of fixed widths, for what is still to come is unknown; tabs when piped.
  private String line(JsonNode entry) {
    int[] widths = {14, 7, 16, 20, 28, 15, 0};
    List<Cell> cells = cells(entry);
    boolean people = session.terminal().outIsTerminal();
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      Cell cell = cells.get(i);
      line.append(people ? Text.pad(cell.brief(), widths[i]) : cell.full())
          .append(i == cells.size() - 1 ? "\n" : people ? "  " : "\t");
    }
    return line.toString();
  }
}
