package muster.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Prints a completion script, made from the commands as they are.
@Command(
    name = "completion",
    header = "Print the completion script for a shell.",
    customSynopsis = "muster completion (bash | zsh)",
    sortOptions = false,
    footerHeading = "%nInstall:%n",
    footer = {
      "  bash  source <(muster completion bash)       in ~/.bashrc",
      "  zsh   source <(muster completion zsh)        in ~/.zshrc, after compinit"
    })
final class CompletionCommand implements Runnable {
  /// The scripts are the same: under zsh it loads bashcompinit by itself.
  enum Shell {
    bash,
    zsh
  }

  @SuppressWarnings("unused") // both get the same
  @Parameters(paramLabel = "<shell>", description = "bash or zsh.")
  private Shell shell = Shell.bash;

  private final Session session;

  CompletionCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    session.output().print(AutoComplete.bash("muster", Muster.commandLine(session.terminal())));
  }
}
