package muster.cli;

/// One run of the program, as a test sees it.
record Cli(int exit, String out, String err) {

  /// Runs in these surroundings with a key for this server.
  static Cli run(FakeServer server, FakeTerminal terminal, String... args) {
    terminal.env.putIfAbsent("MUSTER_SERVER", server.url());
    terminal.env.putIfAbsent("MUSTER_TOKEN", "mk_test");
    return run(terminal, args);
  }

  static Cli run(FakeTerminal terminal, String... args) {
    terminal.env.putIfAbsent("MUSTER_HOME", "/nonexistent");
    int exit = Muster.run(args, terminal);
    return new Cli(exit, terminal.outText(), terminal.errText());
  }
}
