package muster.it.remote;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import muster.testkit.TestMuster;

/// The real agent as a process, online.
final class RealAgent implements AutoCloseable {
  static final Duration WITHIN = Duration.ofSeconds(60);

  private final Path directory;
  private final Process process;
  private final String device;

  private RealAgent(Path directory, Process process, String device) {
    this.directory = directory;
    this.process = process;
    this.device = device;
  }

  static RealAgent start(TestMuster muster, Path directory, String... flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx32m"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(muster.agent.Main.class.getName(), "run"));
    command.addAll(List.of("--state", directory.resolve("agent").toString()));
    command.addAll(List.of("--server", muster.url().toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("agent.log").toFile());
    builder.environment().put("MUSTER_ENROLL_TOKEN", muster.enrollmentToken());
    builder.environment().put("HOME", directory.toString());
    builder.environment().put("SHELL", "/bin/bash");
    try {
      Files.writeString(directory.resolve(".bashrc"), "PS1='ready> '\n");
      Process process = builder.start();
      String device =
          await()
              .atMost(WITHIN)
              .until(() -> online(muster), found -> !found.isMissingNode())
              .asText();
      return new RealAgent(directory, process, device);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode online(TestMuster muster) {
    return muster.admin().get("/v1/devices?status=online").at("/devices/0/id");
  }

  String device() {
    return device;
  }

  Path directory() {
    return directory;
  }

  /// In force from the next request on.
  void policy(String rules) throws IOException {
    Path fresh = Files.writeString(directory.resolve("agent/fresh"), rules);
    Files.move(fresh, directory.resolve("agent/policy.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  void noPolicy() throws IOException {
    Files.deleteIfExists(directory.resolve("agent/policy.json"));
  }

  /// As `kill -9` does.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
