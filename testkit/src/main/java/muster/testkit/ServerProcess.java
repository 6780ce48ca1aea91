package muster.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import muster.server.Main;
import org.awaitility.Awaitility;

/// A server in a process of its own, so that its surroundings can be bad. Can be killed, and
/// started again on the same data and port.
public final class ServerProcess implements AutoCloseable {
  private static final String KEY = "mk_0123456789abcdef_0123456789abcdefghjkmnpqrstvwxyz0123";
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private final Path log;
  private final List<String> command;
  private final int port;
  private Process process;

  private ServerProcess(Path log, Path data, String wrapper, List<String> flags) {
    this.log = log;
    try (ServerSocket socket = new ServerSocket(0)) {
      this.port = socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.command = new ArrayList<>(List.of("/bin/sh", "-c", wrapper, "sh"));
    command.addAll(
        JavaProgram.command(
            flags,
            List.of(
                Main.class.getName(),
                "serve",
                "--data",
                data.toString(),
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port))));
    this.process = run();
  }

  /// @param flags of the virtual machine
  public static ServerProcess start(Path log, Path data, String... flags) {
    return new ServerProcess(log, data, "exec \"$@\"", List.of(flags)).awaitReady();
  }

  /// @param wrapper a shell command that ends by running `"$@"`
  public static ServerProcess wrapped(String wrapper, Path log, Path data) {
    return new ServerProcess(log, data, wrapper, List.of()).awaitReady();
  }

  private Process run() {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("MUSTER_ADMIN_KEY", KEY);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ServerProcess awaitReady() {
    Awaitility.await()
        .atMost(WITHIN)
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .until(() -> !process.isAlive() || client().get("/readyz").status() == 200);
    if (!process.isAlive()) {
      throw new AssertionError("no start:\n" + logged());
    }
    return this;
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  public int port() {
    return port;
  }

  /// With the administrator's key.
  public TestClient client() {
    return TestClient.of(url().toString(), KEY);
  }

  /// The server's own process, which may be below the shell's.
  public long pid() {
    return process
        .descendants()
        .filter(child -> child.info().command().orElse("").endsWith("java"))
        .findFirst()
        .map(ProcessHandle::pid)
        .orElse(process.pid());
  }

  /// The most memory it ever had, KiB.
  public long peakKib() {
    return JavaProgram.peakKib(pid());
  }

  public String logged() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Its exit code, once it has ended by itself.
  public int awaitExit() throws InterruptedException {
    if (!process.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("it goes on");
    }
    return process.exitValue();
  }

  /// `kill -9`, and a new start.
  public void crash() throws InterruptedException {
    close();
    process = run();
    awaitReady();
  }

  @Override
  public void close() throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }
}
