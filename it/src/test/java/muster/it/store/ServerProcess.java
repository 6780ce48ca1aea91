package muster.it.store;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import muster.server.Main;

/// A server in a process of its own, so that its surroundings can be bad.
final class ServerProcess implements AutoCloseable {
  private static final String KEY = "mk_0123456789abcdef_0123456789abcdefghjkmnpqrstvwxyz0123";
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private final Path log;
  private final int port;
  private final Process process;

  /// @param wrapper a shell command that ends by running `"$@"`
  ServerProcess(Path log, Path data, String wrapper) throws IOException {
    this.log = log;
    try (ServerSocket socket = new ServerSocket(0)) {
      this.port = socket.getLocalPort();
    }
    List<String> words =
        new ArrayList<>(
            List.of(
                "/bin/sh",
                "-c",
                wrapper,
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--data",
                data.toString(),
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port)));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("MUSTER_ADMIN_KEY", KEY);
    this.process = builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
  }

  ServerProcess awaitReady() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < end && process.isAlive()) {
      try {
        if (status("GET", "/readyz", "") == 200) {
          return this;
        }
      } catch (IOException e) {
        process.waitFor(50, TimeUnit.MILLISECONDS); // not listening yet
      }
    }
    throw new AssertionError("no start:\n" + log());
  }

  HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  int status(String method, String path, String body) throws IOException, InterruptedException {
    return send(method, path, body).statusCode();
  }

  /// The id of the server's own process, below the shell's.
  long pid() {
    return process
        .descendants()
        .filter(child -> child.info().command().orElse("").endsWith("java"))
        .findFirst()
        .map(ProcessHandle::pid)
        .orElse(process.pid());
  }

  int awaitExit() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("it goes on");
    }
    return process.exitValue();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }
}
