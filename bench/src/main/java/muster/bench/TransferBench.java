package muster.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;

/// One file to the real agent and back, hop by hop, beside a plain copy over HTTP by the same
/// client to the JDK's own server, which neither hashes nor syncs, and scp to this machine:
/// `bench/run transfer [MIB]`.
final class TransferBench {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Path work;
  private final long bytes;

  private TransferBench(Path work, long bytes) {
    this.work = work;
    this.bytes = bytes;
  }

  static void run(String[] args) throws Exception {
    long mebibytes = args.length > 1 ? Long.parseLong(args[1]) : 1024;
    Path work = Files.createTempDirectory("muster-bench");
    try {
      new TransferBench(work, mebibytes << 20).run();
    } finally {
      try (var files = Files.walk(work)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void run() throws Exception {
    System.out.printf(
        "%d processors, %d MiB, JDK %s; one file of %d MiB over loopback%n%n",
        Runtime.getRuntime().availableProcessors(),
        Machine.memoryMebibytes(),
        Runtime.version(),
        bytes >> 20);
    Path file = random();
    double plain = plain(file);
    try (OneAgent one = OneAgent.start(work)) {
      String device = one.device();
      Path there = work.toRealPath().resolve("there");
      String[] id = new String[1];
      told(
          "to the server",
          plain,
          () -> {
            id[0] = upload(one, device, file, there);
            return id;
          });
      told("server to device", plain, () -> ended(one, id[0]));
      told("device to server", plain, () -> ended(one, download(one, device, there, id)));
      told("from the server", plain, () -> fetch(one, id[0]));
      System.out.printf(
          "%nresident: server %d MiB, agent %d MiB%n", one.serverMebibytes(), one.agentMebibytes());
    }
    try (Ssh ssh = Ssh.start()) {
      told("scp", plain, () -> ssh.copy(file, work.resolve("scp")));
    }
  }

  private Path random() throws IOException {
    Path file = work.resolve("file");
    byte[] piece = new byte[1 << 20];
    Random random = new Random(1);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long done = 0; done < bytes; done += piece.length) {
        random.nextBytes(piece);
        out.write(piece);
      }
    }
    return file;
  }

  /// MiB a second.
  private double plain(Path file) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Path copy = work.resolve("plain");
    server.createContext(
        "/",
        exchange -> {
          try (InputStream in = exchange.getRequestBody();
              OutputStream out = Files.newOutputStream(copy)) {
            in.transferTo(out);
          }
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    try {
      return told(
          "plain HTTP copy",
          0,
          () ->
              HTTP.send(
                  HttpRequest.newBuilder(uri).PUT(BodyPublishers.ofFile(file)).build(),
                  BodyHandlers.discarding()));
    } finally {
      server.stop(0);
      Files.deleteIfExists(copy);
    }
  }

  /// @param plain to compare with; 0 = nothing
  private double told(String what, double plain, Callable<?> hop) throws Exception {
    long began = System.nanoTime();
    hop.call();
    double rate = (bytes >> 20) / ((System.nanoTime() - began) / 1e9);
    System.out.printf(
        "%-20s %7.0f MiB/s%s%n", what, rate, plain == 0 ? "" : "   %.2f".formatted(rate / plain));
    return rate;
  }

  private static String upload(OneAgent one, String device, Path file, Path there)
      throws Exception {
    return one.sent(
            one.request("/v1/devices/" + device + "/files?path=" + there)
                .PUT(BodyPublishers.ofFile(file))
                .build())
        .path("id")
        .asText();
  }

  private static String download(OneAgent one, String device, Path there, String[] id)
      throws Exception {
    String body =
        JSON.createObjectNode()
            .put("direction", "download")
            .put("path", there.toString())
            .toString();
    id[0] = one.call("POST", "/v1/devices/" + device + "/transfers", body).path("id").asText();
    return id[0];
  }

  private static JsonNode ended(OneAgent one, String id) throws Exception {
    JsonNode shown;
    do {
      shown = one.call("GET", "/v1/transfers/" + id + "?wait=5", "");
    } while (shown.path("finished_at").isNull());
    if (!shown.path("status").asText().equals("completed")) {
      throw new IllegalStateException(shown.toString());
    }
    return shown;
  }

  private Path fetch(OneAgent one, String id) throws Exception {
    return HTTP.send(
            one.request("/v1/transfers/" + id + "/content").build(),
            BodyHandlers.ofFile(work.resolve("back")))
        .body();
  }
}
