package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import muster.fleetd.v1.BinaryMetadata;
import muster.fleetd.v1.UploadBinaryRequest;
import muster.testkit.ServerProcess;
import muster.testkit.TestClient;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server is killed while files arrive in each way there is.
class KilledUploadTest {
  private static final byte[] CONTENT = Story.bytes(2_000_000);

  @TempDir Path directory;

  @Test
  @Tag("F103")
  @DisplayName("F103: a kill in the middle leaves what can be gone on with, and nothing wrong")
  void kill_leavesWhatCanBeGoneOnWith() throws Exception {
    Path data = directory.resolve("data");
    try (ServerProcess server = ServerProcess.start(directory.resolve("log"), data)) {
      TestClient admin = server.client();
      String whole = Story.upload(admin, "whole", Story.bytes(1000));
      Map<String, Object> label = Story.label("resumed", CONTENT.length);
      String upload = admin.post("/v1/uploads", label).expect(201).text("id");
      try (Socket posting = halfSent(server, "POST /v1/binaries?name=p&version=1&platform=x");
          Socket putting = halfSent(server, "PUT /v1/uploads/" + upload + "?offset=0");
          GrpcCaller grpc = new GrpcCaller(server.url(), admin.token())) {
        grpc.upload().send(named()).send(piece());
        await().until(() -> arrived(data) == 3);
        server.crash();
      }
      List<String> left = Story.files(data);
      assertThat(left).hasSize(2).anyMatch(file -> file.equals(upload + ".part"));
      assertThat(Story.content(admin, whole)).isEqualTo(Story.bytes(1000));

      int offset = (int) admin.get("/v1/uploads/" + upload).expect(200).at("offset").asLong();
      assertThat(offset).isBetween(1, CONTENT.length - 1);
      Story.put(admin, upload, offset, Arrays.copyOfRange(CONTENT, offset, CONTENT.length))
          .expect(200);
      TestReply made = admin.post("/v1/uploads/" + upload + "/end", "").expect(201);
      assertThat(made.text("checksum")).isEqualTo(Story.checksum(CONTENT));
      assertThat(Story.content(admin, made.text("id"))).isEqualTo(CONTENT);
    }
  }

  private static UploadBinaryRequest named() {
    return UploadBinaryRequest.newBuilder()
        .setMetadata(
            BinaryMetadata.newBuilder().setName("s").setVersion("1").setPlatform("x").build())
        .build();
  }

  private static UploadBinaryRequest piece() {
    return UploadBinaryRequest.newBuilder().setChunk(ByteString.copyFrom(CONTENT)).build();
  }

  /// Half of the content, and then silence.
  private static Socket halfSent(ServerProcess server, String request) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    OutputStream out = socket.getOutputStream();
    out.write(
        "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(request, server.client().token(), CONTENT.length)
            .getBytes(StandardCharsets.US_ASCII));
    out.write(CONTENT, 0, CONTENT.length / 2);
    out.flush();
    return socket;
  }

  /// How many files have some bytes and are not complete.
  private static long arrived(Path data) throws IOException {
    long some = 0;
    for (String file : Story.files(data)) {
      boolean isPart = file.endsWith(".part");
      some += isPart && Files.size(data.resolve("server/binaries").resolve(file)) > 0 ? 1 : 0;
    }
    return some;
  }
}
