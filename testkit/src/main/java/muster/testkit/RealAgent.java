package muster.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// The real agent in a process of its own, with 32 MiB of heap: the only device of its server. Its
/// shells say `ready> `. Can be killed, and started again on what it has kept.
public final class RealAgent implements AutoCloseable {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final List<String> MEMORY = List.of("-Xmx32m", "-XX:MaxDirectMemorySize=16m");

  private final Path directory;
  private final List<String> command;
  private final Map<String, String> environment;
  private final TestClient admin;
  private Process process;
  private String device = "";

  private RealAgent(
      TestClient admin,
      URI server,
      Path directory,
      Map<String, String> environment,
      List<String> flags) {
    this(admin, server, directory, environment, flags, Optional.empty());
  }

  private RealAgent(
      TestClient admin,
      URI server,
      Path directory,
      Map<String, String> environment,
      List<String> flags,
      Optional<String> wrapper) {
    this.environment = environment;
    this.admin = admin;
    this.directory = directory;
    List<String> all = new ArrayList<>(MEMORY);
    all.addAll(flags);
    List<String> java =
        JavaProgram.command(
            all,
            List.of(
                muster.agent.Main.class.getName(),
                "run",
                "--state",
                state().toString(),
                "--server",
                server.toString()));
    this.command =
        wrapper
            .map(line ->
                Stream.concat(Stream.of("/bin/sh", "-c", "exec " + line, "sh"), java.stream())
                    .toList())
            .orElse(java);
    String token = admin.post("/v1/devices/enrollment", Map.of()).expect(200).text("token");
    this.process = run(Optional.of(token));
  }

  /// Enrols, and is online when this returns.
  ///
  /// @param directory its home, with its state and its log
  /// @param flags of the virtual machine
  public static RealAgent start(TestMuster muster, Path directory, String... flags) {
    return start(muster.admin(), muster.url(), directory, flags);
  }

  /// As above, at a server that it reaches by `server`.
  public static RealAgent start(TestClient admin, URI server, Path directory, String... flags) {
    return online(new RealAgent(admin, server, directory, Map.of(), List.of(flags)));
  }

  /// As the first, with more in its environment.
  public static RealAgent start(
      TestMuster muster, Path directory, Map<String, String> environment) {
    return online(new RealAgent(muster.admin(), muster.url(), directory, environment, List.of()));
  }

  /// As the first, started by a line of shell that ends in `"$@"`.
  public static RealAgent wrapped(TestMuster muster, Path directory, String wrapper) {
    return online(
        new RealAgent(
            muster.admin(), muster.url(), directory, Map.of(), List.of(), Optional.of(wrapper)));
  }

  private static RealAgent online(RealAgent agent) {
    try {
      agent.awaitOnline();
      return agent;
    } catch (RuntimeException e) {
      agent.close();
      throw e;
    }
  }

  private Process run(Optional<String> enrollmentToken) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    enrollmentToken.ifPresent(token -> builder.environment().put("MUSTER_ENROLL_TOKEN", token));
    builder.environment().put("HOME", directory.toString());
    builder.environment().put("SHELL", "/bin/bash");
    builder.environment().putAll(environment);
    try {
      Files.writeString(directory.resolve(".bashrc"), "PS1='ready> '\n");
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitOnline() {
    device =
        Awaitility.await()
            .atMost(WITHIN)
            .until(
                () -> admin.get("/v1/devices?status=online").text("/devices/0/id"),
                id -> !id.isEmpty());
  }

  public String device() {
    return device;
  }

  public Path directory() {
    return directory;
  }

  public Path state() {
    return directory.resolve("agent");
  }

  private Path log() {
    return directory.resolve("agent.log");
  }

  public String logged() {
    try {
      return Files.readString(log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// In force from the next request on.
  public void policy(String rules) throws IOException {
    Path fresh = Files.writeString(state().resolve("fresh"), rules);
    Files.move(fresh, state().resolve("policy.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  public void noPolicy() throws IOException {
    Files.deleteIfExists(state().resolve("policy.json"));
  }

  /// The most memory it ever had, KiB.
  public long peakKib() {
    return JavaProgram.peakKib(process.pid());
  }

  /// As `kill -9` does.
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// `kill -9`, and a new start.
  public void crash() throws InterruptedException {
    kill();
    process = run(Optional.empty());
  }

  /// Stopped as by `systemctl stop`, and started again; online when this returns.
  public void restart() {
    close();
    process = run(Optional.empty());
    awaitOnline();
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
      Thread.currentThread().interrupt();
    }
  }
}
