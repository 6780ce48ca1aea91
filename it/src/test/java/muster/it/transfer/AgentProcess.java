package muster.it.transfer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The real agent in a process of its own, with 32 MiB of heap. Can be killed and started again.
final class AgentProcess implements AutoCloseable {
  private final Path directory;
  private final URI server;
  private Process process;

  /// @param directory with its state and its log
  AgentProcess(Path directory, URI server, String enrollmentToken) {
    this.directory = directory;
    this.server = server;
    this.process = start(Optional.of(enrollmentToken));
  }

  private Process start(Optional<String> enrollmentToken) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:MaxDirectMemorySize=16m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                muster.agent.Main.class.getName(),
                "run",
                "--state",
                state().toString(),
                "--server",
                server.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    enrollmentToken.ifPresent(token -> builder.environment().put("MUSTER_ENROLL_TOKEN", token));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path state() {
    return directory.resolve("agent");
  }

  private Path log() {
    return directory.resolve("agent.log");
  }

  String logged() {
    try {
      return Files.readString(log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The most memory it ever had, KiB.
  long peakKib() {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// `kill -9`, and a new start.
  void crash() throws InterruptedException {
    process.destroyForcibly().waitFor();
    process = start(Optional.empty());
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }
}
