package muster.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import muster.doctor.Examination;
import muster.doctor.Finding;
import muster.http.Reply;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `muster doctor --data DIR`: looks at a data directory, changing nothing. Ends with 1 when
/// something is FAIL.
@Command(
    name = "doctor",
    description =
        "Looks for trouble in a data directory and says what to do. A running server is asked with:"
            + " muster doctor")
final class DoctorCommand implements Callable<Integer> {
  @CommandLine.Mixin Main.Settings settings = new Main.Settings();

  @Option(names = "--json", description = "print JSON")
  boolean json;

  @Override
  public Integer call() {
    LogSetup.quiet();
    Config config = settings.config();
    Path data = config.data();
    List<Finding> found =
        Examination.ofDirectory(data, Instant.now(), config.server().maxConnections());
    boolean ok = found.stream().noneMatch(each -> each.status() == Finding.Status.FAIL);
    if (json) {
      System.out.println(
          new String(Reply.bytes(new Result(ok, found.stream().map(Line::of).toList())), UTF_8));
    } else {
      found.forEach(DoctorCommand::print);
    }
    System.out.flush();
    return ok ? 0 : 1;
  }

  private record Result(boolean ok, List<Line> checks) {}

  private record Line(String status, String check, String what, String advice) {
    private static Line of(Finding each) {
      return new Line(each.status().word(), each.check(), each.what(), each.advice());
    }
  }

  private static void print(Finding each) {
    System.out.printf(
        "%-4s  %-12s %s%s%n",
        each.status().word(),
        each.check(),
        each.what(),
        each.advice().isEmpty() ? "" : "  — " + each.advice());
  }
}
