package muster.it.update;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import muster.testkit.TestClient;

/// Streams of Connect and gRPC-Web over HTTP/1.1, whose messages stand in the same envelopes.
record Envelopes(String contentType) {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final ObjectMapper JSON = new ObjectMapper();

  /// What has come: the messages, and the code of the error, `ok` when it is none.
  record Answer(List<byte[]> messages, String code, String message) {}

  private boolean isJson() {
    return contentType.endsWith("json");
  }

  Answer call(URI server, TestClient who, String method, List<? extends Message> messages)
      throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Message message : messages) {
      byte[] bytes = encoded(message);
      body.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(bytes.length).array());
      body.writeBytes(bytes);
    }
    HttpResponse<byte[]> response =
        HTTP.send(
            HttpRequest.newBuilder(server.resolve("/fleetd.v1.BinaryService/" + method))
                .header("Content-Type", contentType)
                .header("Connect-Protocol-Version", "1")
                .header("Authorization", "Bearer " + who.token())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    return answer(response);
  }

  private byte[] encoded(Message message) throws InvalidProtocolBufferException {
    return isJson()
        ? JsonFormat.printer().print(message).getBytes(StandardCharsets.UTF_8)
        : message.toByteArray();
  }

  private static Answer answer(HttpResponse<byte[]> response) throws IOException {
    if (response.statusCode() != 200) {
      throw new AssertionError(
          response.statusCode() + ": " + new String(response.body(), StandardCharsets.UTF_8));
    }
    List<byte[]> messages = new ArrayList<>();
    ByteBuffer rest = ByteBuffer.wrap(response.body());
    String status = response.headers().firstValue("grpc-status").orElse("ok");
    String message = response.headers().firstValue("grpc-message").orElse("");
    while (rest.hasRemaining()) {
      int flags = rest.get();
      byte[] bytes = new byte[rest.getInt()];
      rest.get(bytes);
      if (flags == 0) {
        messages.add(bytes);
      } else if (flags == 2) {
        status = JSON.readTree(bytes).at("/error/code").asText("ok");
        message = JSON.readTree(bytes).at("/error/message").asText();
      } else {
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\r\n")) {
          status = line.startsWith("grpc-status:") ? line.substring(12).strip() : status;
          message = line.startsWith("grpc-message:") ? line.substring(13).strip() : message;
        }
      }
    }
    return new Answer(messages, status.equals("0") ? "ok" : status, message);
  }

  <T extends Message> T decoded(byte[] bytes, T prototype) throws IOException {
    Message.Builder builder = prototype.newBuilderForType();
    if (isJson()) {
      JsonFormat.parser().merge(new String(bytes, StandardCharsets.UTF_8), builder);
    } else {
      builder.mergeFrom(bytes);
    }
    @SuppressWarnings("unchecked")
    T message = (T) builder.build();
    return message;
  }

  @Override
  public String toString() {
    return contentType;
  }
}
