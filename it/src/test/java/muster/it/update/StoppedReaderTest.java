package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import muster.testkit.ServerProcess;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A large file goes in and out of a server with little memory, past readers that have stopped.
class StoppedReaderTest {
  private static final long SIZE = 256L << 20;
  private static final int STOPPED = 6;
  private static final long MOST_MORE_KIB = 100 << 10;

  @TempDir Path directory;

  @Test
  @Tag("F104")
  @DisplayName("F104: readers that stop cost the server no memory, and hold up nobody")
  void stoppedReaders_costNothing() throws Exception {
    try (ServerProcess server =
        ServerProcess.start(
            directory.resolve("log"),
            directory.resolve("data"),
            "-Xmx128m",
            "-XX:MaxDirectMemorySize=96m")) {
      HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      String id = upload(server, http);
      assertThat(fetched(server, http, id)).isEqualTo(SIZE);
      long before = server.peakKib();
      List<Socket> stopped = new ArrayList<>();
      try {
        for (int i = 0; i < STOPPED; i++) {
          stopped.add(stopped(server, i % 2 == 0 ? plain(server, id) : stream(server, id)));
        }
        assertThat(fetched(server, http, id)).isEqualTo(SIZE);
        assertThat(server.peakKib() - before).as("KiB more").isLessThan(MOST_MORE_KIB);
      } finally {
        for (Socket socket : stopped) {
          socket.close();
        }
      }
      server.client().get("/v1/binaries/" + id).expect(200);
      assertThat(server.logged()).doesNotContain("OutOfMemory");
    }
  }

  private static HttpRequest.Builder request(ServerProcess server, String path) {
    return HttpRequest.newBuilder(server.url().resolve(path))
        .timeout(Duration.ofMinutes(2))
        .header("Authorization", "Bearer " + server.client().token());
  }

  private static String upload(ServerProcess server, HttpClient http) throws Exception {
    HttpResponse<String> made =
        http.send(
            request(server, "/v1/binaries?name=large&version=1&platform=x")
                .POST(HttpRequest.BodyPublishers.ofInputStream(Zeros::new))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return made.body().replaceAll(".*\"id\":\"(bin_[a-z0-9]+)\".*", "$1");
  }

  private static final class Zeros extends InputStream {
    private long left = SIZE;

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] bytes, int from, int count) {
      if (left == 0) {
        return -1;
      }
      int some = (int) Math.min(count, left);
      left -= some;
      return some;
    }
  }

  private static long fetched(ServerProcess server, HttpClient http, String id) throws Exception {
    HttpResponse<InputStream> content =
        http.send(
            request(server, "/v1/binaries/" + id + "/content").build(),
            HttpResponse.BodyHandlers.ofInputStream());
    long all = 0;
    byte[] piece = new byte[64 * 1024];
    try (InputStream in = content.body()) {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        all += count;
      }
    }
    return all;
  }

  private static Socket stopped(ServerProcess server, byte[] request) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(32 * 1024);
    socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
    socket.getOutputStream().write(request);
    assertThat(socket.getInputStream().read()).as("it answers").isEqualTo('H');
    return socket;
  }

  private static byte[] plain(ServerProcess server, String id) {
    return "GET /v1/binaries/%s/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
        .formatted(id, server.client().token())
        .getBytes(StandardCharsets.US_ASCII);
  }

  /// `DownloadBinary` by Connect, in the largest pieces.
  private static byte[] stream(ServerProcess server, String id) {
    byte[] message =
        "{\"binary_id\":\"%s\",\"chunk_size\":2097152}"
            .formatted(id)
            .getBytes(StandardCharsets.US_ASCII);
    String head =
        """
        POST /fleetd.v1.BinaryService/DownloadBinary HTTP/1.1
        Host: x
        Authorization: Bearer %s
        Content-Type: application/connect+json
        Connect-Protocol-Version: 1
        Content-Length: %d

        """
            .formatted(server.client().token(), message.length + 5)
            .replace("\n", "\r\n");
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    request.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(message.length).array());
    request.writeBytes(message);
    return request.toByteArray();
  }
}
