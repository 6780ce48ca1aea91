package muster.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import muster.auth.Caller;
import muster.enrollment.Enrollments;
import muster.id.DeviceId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The agent of this very machine: the same program other machines run, as a process of its own.
/// When it ends it is started again, as the unit of other machines does.
final class LocalAgent implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalAgent.class);

  /// As the unit's `RestartSec`.
  private static final Duration PAUSE = Duration.ofSeconds(5);

  /// Small and quiet: what the agent's own unit uses, too.
  static final List<String> JVM_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xmx32m",
          "-Xms4m",
          "-Xss256k",
          "-XX:-UsePerfData",
          "-XX:ReservedCodeCacheSize=16m",
          "-XX:+AutoCreateSharedArchive");

  private final Path state;
  private final ProcessBuilder builder;
  private final CountDownLatch closed = new CountDownLatch(1);
  private Process process;

  private LocalAgent(Path state, ProcessBuilder builder) throws IOException {
    this.state = state;
    this.builder = builder;
    this.process = builder.start();
    Thread.ofVirtual().name("agent's keeper").start(this::keep);
  }

  private void keep() {
    try {
      while (true) {
        int code = current().waitFor();
        if (closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        try {
          if (!startAgain()) {
            return;
          }
          log.warn("the agent of this machine had ended with {}; it was started again", code);
        } catch (IOException e) {
          log.error("the agent of this machine can't be started again now", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Process current() {
    return process;
  }

  private synchronized boolean startAgain() throws IOException {
    if (closed.getCount() == 0) {
      return false;
    }
    process = builder.start();
    return true;
  }

  static LocalAgent start(Config config, MusterServer server) {
    Path state = config.data().resolve("agent");
    try {
      Files.createDirectories(state);
      Path jar = unpackJar(state);
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(JVM_FLAGS);
      command.add("-XX:SharedArchiveFile=" + state.resolve("agent.jsa"));
      command.addAll(List.of("-jar", jar.toString(), "run"));
      command.addAll(List.of("--state", state.toString()));
      command.addAll(List.of("--server", "http://127.0.0.1:" + server.port()));
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(
                      config.data().resolve("logs/agent.log").toFile()));
      builder.environment().put("MALLOC_ARENA_MAX", "1");
      builder.environment().remove("MUSTER_ADMIN_KEY");
      forgetIfUnknown(state, server);
      followPort(state, server);
      if (credentialDevice(state).isEmpty()) {
        Enrollments.Created token =
            server
                .wiring()
                .enrollments
                .create(Caller.SERVER, Optional.of(Addresses.hostName()), List.of());
        // In the environment, which only this user can read; arguments everybody can.
        builder.environment().put("MUSTER_ENROLL_TOKEN", token.token().text());
      }
      return new LocalAgent(state, builder);
    } catch (IOException e) {
      throw new UncheckedIOException("the agent could not be started", e);
    }
  }

  /// A device that was deleted meanwhile is enrolled anew.
  private static void forgetIfUnknown(Path state, MusterServer server) throws IOException {
    boolean unknown =
        credentialDevice(state)
            .map(id -> server.wiring().devices.lookUp(Caller.SERVER, id).isEmpty())
            .orElse(false);
    if (unknown) {
      Files.delete(state.resolve("credential.json"));
    }
  }

  /// The same installation may listen on another port this time.
  private static void followPort(Path state, MusterServer server) throws IOException {
    Path file = state.resolve("credential.json");
    if (!Files.exists(file)) {
      return;
    }
    ObjectMapper mapper = new ObjectMapper();
    if (mapper.readTree(Files.readAllBytes(file)) instanceof ObjectNode credential) {
      credential.put("server", "http://127.0.0.1:" + server.port());
      Files.writeString(file, mapper.writeValueAsString(credential) + "\n");
    }
  }

  private static Path unpackJar(Path state) throws IOException {
    Path jar = state.resolve("muster-agent.jar");
    try (InputStream in = LocalAgent.class.getResourceAsStream("/muster/muster-agent.jar")) {
      if (in == null) {
        throw new IllegalStateException("the agent is not in this build");
      }
      byte[] bytes = in.readAllBytes();
      if (!Files.exists(jar) || !Arrays.equals(bytes, Files.readAllBytes(jar))) {
        Path fresh = state.resolve("muster-agent.jar.new");
        Files.write(fresh, bytes);
        Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    return jar;
  }

  boolean isAlive() {
    return current().isAlive();
  }

  /// The device this machine has become, once it has.
  Optional<DeviceId> device() {
    return credentialDevice(state);
  }

  private static Optional<DeviceId> credentialDevice(Path state) {
    Path file = state.resolve("credential.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(file));
      return Optional.ofNullable(json.get("device_id")).map(JsonNode::asText).map(DeviceId::new);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    Process last;
    synchronized (this) {
      closed.countDown();
      last = process;
    }
    last.destroy();
    try {
      if (!last.waitFor(5, TimeUnit.SECONDS)) {
        last.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
