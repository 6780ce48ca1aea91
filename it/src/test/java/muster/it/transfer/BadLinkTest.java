package muster.it.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import muster.blob.Checksum;
import muster.testkit.BadLink;
import muster.testkit.RealAgent;
import muster.testkit.ServerProcess;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A large file to the real agent and back over a link that is slow and breaks again and again,
/// while server and agent are killed in the middle, both with a small heap.
/// `-Dmuster.transfer.bytes=2147483648` for a large one in earnest.
class BadLinkTest {
  private static final long SIZE = Long.getLong("muster.transfer.bytes", 24L << 20);
  private static final Duration WITHIN = Duration.ofSeconds(60 + SIZE / (4 << 20));
  private static final long RATE = Math.max(24L << 20, SIZE / 40);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir private Path directory;

  @Test
  @Tag("F050")
  @Timeout(1800)
  void largeFile_arrivesWhole_bothWays_whateverBreaks() throws Exception {
    long seed = Long.getLong("muster.seed", System.nanoTime());
    System.out.println("BadLinkTest: -Dmuster.seed=" + seed);
    Path original = directory.resolve("original");
    String checksum = random(original, seed);
    Path target = Files.createDirectory(directory.resolve("device")).toRealPath().resolve("copy");
    try (ServerProcess server =
            ServerProcess.start(
                directory.resolve("server.log"),
                directory.resolve("data"),
                "-Xmx96m",
                "-XX:MaxDirectMemorySize=64m");
        BadLink link = new BadLink(server.port(), RATE, SIZE / 6, seed)) {
      try (RealAgent agent = RealAgent.start(server.client(), link.url(), directory)) {
        String device = agent.device();
        String up = upload(server, device, original, target);
        watch(server, agent, up, checksum);
        assertThat(Checksum.of(digest(target)).text()).isEqualTo(checksum);
        assertThat(Files.list(target.getParent())).containsExactly(target);

        String down =
            server
                .client()
                .post(
                    "/v1/devices/" + device + "/transfers",
                    Map.of("direction", "download", "path", target.toString()))
                .expect(201)
                .text("id");
        watch(server, agent, down, checksum);
        assertThat(Checksum.of(fetch(server, down)).text()).isEqualTo(checksum);

        System.out.printf(
            "BadLinkTest: %d MiB each way at %d MiB/s, %d cuts; peak memory: server %d MiB, agent %d MiB%n",
            SIZE >> 20, RATE >> 20, link.cuts(), server.peakKib() >> 10, agent.peakKib() >> 10);
        assertThat(link.cuts()).isGreaterThan(4);
        assertThat(agent.peakKib()).isLessThan(160 << 10);
        assertThat(server.peakKib()).isLessThan(400 << 10);
        assertThat(agent.logged()).doesNotContain("OutOfMemory");
        assertThat(server.logged()).doesNotContain("OutOfMemory");
      }
    }
  }

  /// Follows a transfer to its end; kills the agent in the first half, the server in the second.
  private static void watch(ServerProcess server, RealAgent agent, String id, String checksum)
      throws InterruptedException {
    awaitBytes(server, id, SIZE / 5);
    agent.crash();
    awaitBytes(server, id, SIZE * 3 / 5);
    server.crash();
    TestReply ended =
        await()
            .atMost(WITHIN)
            .pollInterval(Duration.ofMillis(100))
            .until(
                () -> server.client().get("/v1/transfers/" + id).expect(200),
                shown -> !shown.at("finished_at").isNull());
    assertThat(ended.text("status")).as(ended.body()).isEqualTo("completed");
    assertThat(ended.text("checksum")).isEqualTo(checksum);
    assertThat(ended.at("bytes_done").asLong()).isEqualTo(SIZE);
  }

  private static void awaitBytes(ServerProcess server, String id, long bytes) {
    await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(20))
        .until(() ->
            server.client().get("/v1/transfers/" + id).expect(200).at("bytes_done").asLong()
                >= bytes);
  }

  private static String upload(ServerProcess server, String device, Path file, Path target)
      throws IOException, InterruptedException {
    URI uri = URI.create(server.url() + "/v1/devices/" + device + "/files?path=" + target);
    var response =
        HTTP.send(
            HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + server.client().token())
                .PUT(BodyPublishers.ofFile(file))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    JsonNode made = new ObjectMapper().readTree(response.body());
    return made.path("id").asText();
  }

  private static MessageDigest fetch(ServerProcess server, String id)
      throws IOException, InterruptedException {
    var response =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(server.url() + "/v1/transfers/" + id + "/content"))
                .header("Authorization", "Bearer " + server.client().token())
                .build(),
            BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    try (InputStream body = response.body()) {
      return digest(body);
    }
  }

  private static MessageDigest digest(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return digest(in);
    }
  }

  private static MessageDigest digest(InputStream in) throws IOException {
    MessageDigest digest = Checksum.digest();
    byte[] piece = new byte[1 << 20];
    for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
      digest.update(piece, 0, count);
    }
    return digest;
  }

  private static String random(Path file, long seed) throws IOException {
    Random random = new Random(seed);
    MessageDigest digest = Checksum.digest();
    byte[] piece = new byte[1 << 20];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (long left = SIZE; left > 0; left -= piece.length) {
        random.nextBytes(piece);
        int count = (int) Math.min(piece.length, left);
        out.write(piece, 0, count);
        digest.update(piece, 0, count);
      }
    }
    return Checksum.of(digest).text();
  }
}
