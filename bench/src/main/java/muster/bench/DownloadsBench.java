package muster.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import muster.auth.Token;

/// Parts of one binary for many at once, as devices fetch them, beside nginx with the same file and
/// the same client: `bench/run downloads [CONNECTIONS]`.
final class DownloadsBench {
  private static final int USUAL = 80;
  private static final int MEBIBYTES = 256;
  private static final int PART = 1 << 20;
  private static final int ROUNDS = 2;
  private static final Duration WARM_UP = Duration.ofSeconds(5);
  private static final Duration MEASURED = Duration.ofSeconds(10);

  private final int connections;
  private final Path work;
  private final String key = Token.random(Token.Kind.KEY).text();

  private DownloadsBench(int connections, Path work) {
    this.connections = connections;
    this.work = work;
  }

  static void run(String[] args) throws Exception {
    int connections = args.length > 1 ? Integer.parseInt(args[1]) : USUAL;
    new DownloadsBench(connections, Files.createTempDirectory("muster-bench")).run();
  }

  private void run() throws Exception {
    Machine.print("bench/run downloads " + connections);
    Path file = file();
    int port = Programs.freePort();
    int nginx = Programs.freePort();
    try (Programs programs = new Programs(work)) {
      Process server = programs.server(Map.of("MUSTER_ADMIN_KEY", key), port, work.resolve("data"));
      String path = "/v1/binaries/" + upload(port, file) + "/content";
      Optional<String> program = nginx();
      if (program.isPresent()) {
        programs.foreign(nginx, program.get(), "-p", work.toString(), "-c", conf(nginx).toString());
      } else {
        System.out.println("nginx is not installed: nothing to compare with");
      }
      for (int round = 0; round < ROUNDS; round++) {
        double own = measure("muster", port, path);
        if (program.isPresent()) {
          double other = measure("nginx", nginx, "/file");
          System.out.printf(Locale.ROOT, "ratio %.2f%n", own / other);
        }
      }
      System.out.printf("resident: server %d MiB%n", Programs.residentMebibytes(server));
    }
  }

  private double measure(String what, int port, String path) {
    IntFunction<byte[]> request =
        n -> {
          long from = (long) Math.floorMod(n * 31, MEBIBYTES) * PART;
          return "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nRange: bytes=%d-%d\r\n\r\n"
              .formatted(path, key, from, from + PART - 1)
              .getBytes(StandardCharsets.US_ASCII);
        };
    Load load = new Load(port, connections, key);
    load.once(request, WARM_UP);
    Load.Figures figures = load.once(request, MEASURED);
    System.out.printf("%-8s %s, as many MiB/s%n", what, figures);
    return figures.perSecond();
  }

  private Path file() throws IOException {
    Path file = work.resolve("file");
    byte[] piece = new byte[PART];
    Random random = new Random(1);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < MEBIBYTES; i++) {
        random.nextBytes(piece);
        out.write(piece);
      }
    }
    return file;
  }

  private String upload(int port, Path file) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:%d/v1/binaries?name=file&version=1&platform=linux"
                        .formatted(port)))
            .header("Authorization", "Bearer " + key)
            .POST(BodyPublishers.ofFile(file))
            .build();
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpResponse<String> reply = http.send(request, BodyHandlers.ofString());
      if (reply.statusCode() != 201) {
        throw new IOException("upload: " + reply.statusCode() + " " + reply.body());
      }
      return new ObjectMapper().readTree(reply.body()).path("id").asText();
    }
  }

  private static Optional<String> nginx() {
    return Stream.of("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx")
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst();
  }

  private Path conf(int port) throws IOException {
    return Files.writeString(
        work.resolve("nginx.conf"),
        """
        daemon off;
        user root;
        worker_processes auto;
        pid %1$s/nginx.pid;
        error_log %1$s/nginx.log;
        events { worker_connections 1024; }
        http {
          access_log off;
          sendfile on;
          keepalive_requests 1000000;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          server { listen 127.0.0.1:%2$d; root %1$s; }
        }
        """
            .formatted(work, port));
  }
}
