package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muster.agent.facts.HostFacts;
import muster.agent.tool.Pace;
import muster.agent.tool.Software;
import muster.wire.Json;
import muster.wire.JsonObject;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.BeforeEach;

/// A machine that has only the programs that a test writes, and that record how they were called.
abstract class ProgramsCase extends ExecutionsCase {
  final Pace pace = new Pace();
  private int count;

  @BeforeEach
  void makeBin() throws IOException {
    Files.createDirectories(bin());
  }

  private Path bin() {
    return directory.resolve("bin");
  }

  @Override
  Host host() {
    HostFacts facts = new HostFacts(Path.of("/"));
    return new Host(
        directory.resolve("spool"),
        directory,
        facts.bootId(),
        facts.read("test"),
        timer,
        log,
        name -> Optional.of(bin().resolve(name)).filter(Files::isExecutable).map(Path::toString),
        pace,
        Software.NONE);
  }

  /// @param body of a shell script
  void program(String name, String body) {
    String script =
        "#!/bin/sh\n{ printf '%%s' \"$LC_ALL\"; for a; do printf ' [%%s]' \"$a\"; done; echo; } >> '%s'\n%s\n"
            .formatted(bin().resolve(name + ".calls"), body);
    try {
      Path file = Files.writeString(bin().resolve(name), script);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// How it was called, each time on a line: the locale, and the arguments in brackets.
  List<String> calls(String name) throws IOException {
    Path calls = bin().resolve(name + ".calls");
    return Files.exists(calls) ? new ArrayList<>(Files.readAllLines(calls)) : List.of();
  }

  JsonObject done(String tool, String args) {
    String id = "e" + ++count;
    ToolResult result = run(id, tool, args);
    assertThat(result.status()).as("%s %s", tool, result.error()).isEqualTo(ToolStatus.COMPLETED);
    return Json.parseObject(printed(id));
  }

  String failure(String tool, String args) {
    ToolResult result = run("e" + ++count, tool, args);
    assertThat(result.status()).isEqualTo(ToolStatus.FAILED);
    return result.error().orElse("");
  }
}
