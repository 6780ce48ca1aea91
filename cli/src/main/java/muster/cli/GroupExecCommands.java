package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Commands on all devices of a group: `group exec` and `group execution`.
final class GroupExecCommands {
  private GroupExecCommands() {}

  @Command(
      name = "exec",
      header = "Run a command on all members that are online.",
      description = {
        "",
        "Started as it stands, without a shell. 1 when any of them fails. Ctrl-C leaves it alone;"
            + " its id, printed at the beginning, is for muster group execution.",
        ""
      },
      customSynopsis = "muster group exec <group> [<options>] -- <command> [<argument>...]",
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {"  muster group exec kiosks --parallel 10 -- systemctl restart browser"})
  static final class Exec implements Callable<Integer> {
    @Mixin private final GroupName name = new GroupName();

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "<command>",
        description = "The command and its arguments.")
    private List<String> argv = new ArrayList<>();

    @Mixin private final Invocation invocation = new Invocation();

    @Option(
        names = "--parallel",
        paramLabel = "<n>",
        defaultValue = "50",
        description = "So many devices at a time. Default: ${DEFAULT-VALUE}.")
    private int parallel;

    private final Session session;

    Exec(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      ObjectNode request =
          invocation
              .request(argv, session.terminal())
              .put("parallel", parallel)
              .put("timeout", invocation.timeout().toSeconds());
      JsonNode group = GroupName.whole(session.api(), name.resolve(session.api()));
      return GroupExecution.begin(session, group, request).showEnd();
    }
  }

  @Command(
      name = "execution",
      header = "Show how a command on a group stands, or ended.",
      description = {"", "1 when it failed on any device so far.", ""},
      sortOptions = false)
  static final class One implements Callable<Integer> {
    @Mixin private final GroupName name = new GroupName();

    @Parameters(index = "1", paramLabel = "<id>", description = "The id that exec printed.")
    private String id = "";

    @Option(names = "--follow", description = "Wait for its end.")
    private boolean follow;

    private final Session session;

    One(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      GroupExecution execution = new GroupExecution(session, group(), id);
      return follow ? execution.showEnd() : execution.show();
    }

    /// Executions outlive their groups; then the id is all there is.
    private JsonNode group() {
      return name.find(session.api())
          .map(found -> GroupName.whole(session.api(), found))
          .orElseGet(() -> Json.object().put("id", name.typed()));
    }
  }
}
