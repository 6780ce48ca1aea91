package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Supplier;

/// What a command prints: results on stdout in one of three forms, remarks on stderr.
final class Output {
  private final Terminal terminal;
  private final boolean json;

  Output(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  /// The server's answer with `--json`, else the table made of it.
  void table(JsonNode answer, Supplier<Table> table) {
    if (json) {
      json(answer);
    } else if (terminal.outIsTerminal()) {
      print(table.get().aligned(terminal.width(), terminal.colour()));
    } else {
      print(table.get().tabSeparated());
    }
  }

  /// The server's answer with `--json`, else the facts read from it.
  void facts(JsonNode answer, Supplier<Facts> facts) {
    if (json) {
      json(answer);
    } else if (terminal.outIsTerminal()) {
      print(facts.get().aligned(terminal.colour()));
    } else {
      print(facts.get().tabSeparated());
    }
  }

  /// The server's answer with `--json`, else the one value in it that scripts are after.
  void value(JsonNode answer, String value) {
    if (json) {
      json(answer);
    } else {
      print(Text.visible(value) + "\n");
    }
  }

  /// The server's answer with `--json`; else a remark that it is done.
  void done(JsonNode answer, String remark) {
    if (json) {
      json(answer);
    } else {
      note(remark);
    }
  }

  /// Indented on a terminal, one line elsewhere.
  void json(JsonNode value) {
    if (terminal.outIsTerminal()) {
      print(Text.visibleJson(Json.indented(value)) + "\n");
    } else {
      jsonLine(value);
    }
  }

  /// One object of a stream of them: one line each, on a terminal too.
  void jsonLine(JsonNode value) {
    print(Text.visibleJson(Json.write(value)) + "\n");
  }

  /// Text that is ready for stdout.
  void print(String text) {
    terminal.out().print(text);
    terminal.out().flush();
  }

  /// One line on stderr.
  void note(String remark) {
    terminal.err().println("muster: " + Text.visible(remark));
  }

  boolean asJson() {
    return json;
  }
}
