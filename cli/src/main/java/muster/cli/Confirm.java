package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Locale;
import java.util.Optional;

/// Questions to the person at the terminal. They are asked on stderr, so that stdout stays clean.
final class Confirm {
  private final Terminal terminal;
  private final BufferedReader answers;

  Confirm(Terminal terminal) {
    this.terminal = terminal;
    this.answers = new BufferedReader(new InputStreamReader(terminal.in(), UTF_8));
  }

  /// Goes on only after a yes, or with `--yes`.
  void orStop(String question, boolean yes) {
    if (yes) {
      return;
    }
    if (!terminal.inIsTerminal()) {
      throw new Failure(Exit.USAGE, "not without being asked; add --yes to do it unasked");
    }
    String answer = line(Text.visible(question) + " [y/N] ").toLowerCase(Locale.ROOT);
    if (!answer.equals("y") && !answer.equals("yes")) {
      throw new Failure(Exit.CANCELLED, "nothing was done");
    }
  }

  /// A line typed by somebody; empty at the end of the input.
  String line(String prompt) {
    terminal.err().print(prompt);
    terminal.err().flush();
    return read();
  }

  /// The first line of stdin with `--password-stdin`, else what is typed unseen.
  String password(String prompt, boolean fromStdin) {
    String password =
        fromStdin
            ? read()
            : terminal
                .readPassword(prompt)
                .orElseThrow(() ->
                    new Failure(
                        Exit.USAGE, "no terminal to ask for the password; use --password-stdin"));
    return Optional.of(password)
        .filter(given -> !given.isEmpty())
        .orElseThrow(() -> new Failure(Exit.USAGE, "no password was given"));
  }

  /// A new password, typed twice when it is typed.
  String newPassword(boolean fromStdin) {
    String password = password("New password: ", fromStdin);
    if (!fromStdin && !password("Once more: ", false).equals(password)) {
      throw new Failure(Exit.USAGE, "the two passwords differ");
    }
    return password;
  }

  private String read() {
    try {
      String line = answers.readLine();
      return line == null ? "" : line;
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "cannot read stdin: " + e.getMessage(), e);
    }
  }
}
