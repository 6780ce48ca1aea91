package muster.agent.update;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import muster.agent.policy.Policy;
import muster.agent.state.DurableFile;
import muster.agent.tool.UpdateRequest;
import muster.wire.JsonObject;

/// The agent as a software that it installs by itself. The launcher that `install.sh` writes starts
/// a jar, which becomes a link to the current version. One that was just switched to is on trial,
/// and the launcher goes back to the one before when it ends or hangs too often before it has come
/// as far as to prove itself: to connect to the server.
public final class Itself {
  static final String NAME = "muster-agent";

  private static final Duration CONNECTED_WITHIN = Duration.ofMinutes(2);
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final Path jar;
  private final Path running;
  private final String version;
  private final BooleanSupplier connected;
  private final Runnable startAnew;

  /// @param jar that the launcher starts
  /// @param version that runs
  /// @param connected whether the server has let this agent in
  /// @param startAnew ends this process in order, for the launcher to start the current version
  public Itself(Path jar, String version, BooleanSupplier connected, Runnable startAnew)
      throws IOException {
    this.jar = jar;
    running = jar.toRealPath();
    this.version = version;
    this.connected = connected;
    this.startAnew = startAnew;
  }

  /// Another agent need not keep the owner's rules: where there are any, it must be signed.
  static void require(UpdateRequest request, Policy policy) throws UpdateException {
    if (policy.hasRules() && policy.updateKeys().isEmpty()) {
      throw new UpdateException(
          Reason.DENIED,
          "denied by the device's policy: it has rules and no update_keys, so nobody else replaces"
              + " the agent that keeps them");
    }
    if (request.type() != UpdateRequest.Type.BINARY) {
      throw unsupported("type: " + request.type().name().toLowerCase(Locale.ROOT), "binary");
    }
    if (request.targetPath().isPresent()) {
      throw unsupported("target_path: " + request.targetPath().get(), "none");
    }
    if (!request.installCommand().isEmpty()
        || !request.restartCommand().isEmpty()
        || request.handover().isPresent()) {
      throw unsupported("install_command, restart_command or handover", "none");
    }
  }

  private static UpdateException unsupported(String given, String expected) {
    return new UpdateException(
        Reason.UNSUPPORTED,
        NAME + " starts itself anew: " + given + " (expected: " + expected + ")");
  }

  /// The jar that was put there by hand becomes the first version, to which one can go back.
  void adopt(Slots slots) throws IOException {
    Path link = slots.link().resolve(NAME);
    if (Files.isSymbolicLink(jar) && Files.readSymbolicLink(jar).equals(link)) {
      return;
    }
    String sha256 = Download.hash(jar);
    String slot = Slots.slot(version, sha256);
    if (!slots.isWhole(slot)) {
      Path file = slots.make(slot).resolve(NAME);
      Files.copy(jar, file);
      DurableFile.force(file);
      slots.finish(
          slot,
          JsonObject.builder()
              .put("name", NAME)
              .put("version", version)
              .put("url", "/install/agent.jar")
              .put("checksum", "sha256:" + sha256)
              .put("size_bytes", Files.size(file))
              .put("type", "binary")
              .build());
    }
    slots.point(Optional.of(slot), slots.previous().filter(one -> !one.equals(slot)));
    Path fresh = jar.resolveSibling(jar.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createSymbolicLink(fresh, link);
    Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Whether this process is of that version.
  boolean runs(String slot) {
    return running.endsWith(Path.of(slot, NAME));
  }

  /// Returns by interruption only, since the process ends.
  void startAnew() throws InterruptedException {
    startAnew.run();
    TimeUnit.NANOSECONDS.sleep(Long.MAX_VALUE);
  }

  /// Waits for the server to let this agent in.
  void requireConnected() throws UpdateException, InterruptedException {
    long deadline = System.nanoTime() + CONNECTED_WITHIN.toNanos();
    while (!connected.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new UpdateException(
            Reason.HEALTH_CHECK_FAILED,
            "the new version did not connect within " + CONNECTED_WITHIN.toSeconds() + " s");
      }
      TimeUnit.NANOSECONDS.sleep(LOOK_EVERY.toNanos());
    }
  }
}
