package muster.server;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import muster.audit.Audit;
import muster.audit.AuditHead;
import muster.doctor.AuditFiles;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `audit verify --data`: the log checked in its files, without asking a server. The rest of
/// `audit` is the command line's.
@Command(name = "audit", description = "The audit log.", subcommands = AuditCommands.Verify.class)
final class AuditCommands {
  private AuditCommands() {}

  @Command(
      name = "verify",
      description =
          "Checks the audit log in a data directory, whether a server runs on it or not."
              + " Changes nothing. Exit code 1 when the chain is broken.")
  static final class Verify implements Callable<Integer> {
    @Option(
        names = "--data",
        paramLabel = "DIR",
        required = true,
        description = "the data directory")
    @Nullable Path data;

    @Option(
        names = "--head",
        paramLabel = "SEQ:HASH",
        description = "a head noted earlier, which the log must still hold")
    @Nullable String head;

    @Override
    public Integer call() {
      LogSetup.apply(Optional.empty(), Config.defaults().log());
      Optional<AuditHead> noted = Optional.ofNullable(head).map(AuditHead::parse);
      Audit.Verification found = AuditFiles.verify(Optional.ofNullable(data).orElseThrow(), noted);
      boolean ok = found.firstBad().isEmpty();
      System.out.println("chain\t" + (ok ? "ok" : "broken"));
      System.out.println("checked\t" + found.checked());
      System.out.println("first_bad\t" + found.firstBad().map(String::valueOf).orElse(""));
      System.out.println("problem\t" + found.problem());
      System.out.println(
          "head\t" + (found.checked() == 0 ? "" : new AuditHead(found.checked(), found.head())));
      return ok ? 0 : 1;
    }
  }
}
