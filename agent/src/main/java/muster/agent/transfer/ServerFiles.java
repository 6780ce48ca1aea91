package muster.agent.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import muster.agent.log.Log;
import muster.agent.net.RetryAfter;
import muster.agent.net.ServerAddress;
import muster.wire.FieldException;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;
import org.jspecify.annotations.Nullable;

/// The server's side of transfers, by HTTP with the device's credential. Has a client of its own,
/// made for the first transfer, so that the socket's threads never deal with contents. Safe for use
/// by several threads; all methods block.
public final class ServerFiles {
  private static final Duration ANSWER = Duration.ofSeconds(60);

  /// The server may have to read a large file once more.
  private static final Duration END = Duration.ofMinutes(10);

  private static final Duration DEFAULT_LATER = Duration.ofSeconds(1);
  private static final int MAX_ERROR = 4096;

  private final Supplier<HttpClient> clients;
  private final ServerAddress server;
  private final String authToken;
  private final ScheduledExecutorService timer;
  private @Nullable HttpClient client;

  /// @param timer notices downloads that stand still
  public ServerFiles(
      Supplier<HttpClient> clients,
      ServerAddress server,
      String authToken,
      ScheduledExecutorService timer) {
    this.clients = clients;
    this.server = server;
    this.authToken = authToken;
    this.timer = timer;
  }

  /// What the server knows of a transfer.
  ///
  /// @param status `running` while it wants it
  /// @param offset up to where the server has a file that goes to it
  record State(String status, long offset, OptionalLong size) {
    boolean ended() {
      return !status.equals("queued") && !status.equals("running");
    }
  }

  State state(String id) throws LinkException, InterruptedException {
    JsonObject json = json(send(request(id, "").timeout(ANSWER).GET().build()));
    try {
      return new State(
          json.string("status"), json.optInteger("offset").orElse(0), json.optInteger("size"));
    } catch (FieldException e) {
      throw new LinkException("the server's answer is not understood: " + e.getMessage(), e);
    }
  }

  /// The content from `offset` on. A read of it fails when nothing comes for 30 s.
  InputStream content(String id, long offset) throws LinkException, InterruptedException {
    HttpRequest request =
        request(id, "/content")
            .timeout(ANSWER)
            .header("Range", "bytes=" + offset + "-")
            .GET()
            .build();
    HttpResponse<InputStream> response = answer(request, BodyHandlers.ofInputStream());
    int status = response.statusCode();
    if (status == 206 || (status == 200 && offset == 0)) {
      return new WatchedStream(response.body(), timer);
    }
    throw refused(status, response, beginning(response.body()));
  }

  private static byte[] beginning(InputStream body) throws LinkException {
    try (body) {
      return body.readNBytes(MAX_ERROR);
    } catch (IOException e) {
      throw new LinkException(Log.reason(e), e);
    }
  }

  /// Adds a piece.
  ///
  /// @param size of the whole file
  /// @return up to where the server has the file
  long put(String id, long offset, long size, byte[] piece, int count)
      throws LinkException, InterruptedException {
    JsonObject json =
        json(
            send(
                request(id, "/content?offset=" + offset + "&size=" + size)
                    .timeout(ANSWER)
                    .header("Content-Digest", Digest.header(piece, count))
                    .PUT(BodyPublishers.ofByteArray(piece, 0, count))
                    .build()));
    return json.optInteger("offset").orElse(offset + count);
  }

  void completed(String id, long size, String checksum) throws LinkException, InterruptedException {
    end(
        id,
        JsonObject.builder()
            .put("status", "completed")
            .put("size", size)
            .put("checksum", checksum)
            .build());
  }

  void failed(String id, String error) throws LinkException, InterruptedException {
    end(id, JsonObject.builder().put("status", "failed").put("error", error).build());
  }

  private void end(String id, JsonObject how) throws LinkException, InterruptedException {
    send(
        request(id, "/end")
            .timeout(END)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(how.toString()))
            .build());
  }

  private HttpRequest.Builder request(String id, String rest) {
    return HttpRequest.newBuilder(server.http("/device/transfers/" + id + rest))
        .header("Authorization", "Bearer " + authToken);
  }

  private synchronized HttpClient client() {
    if (client == null) {
      client = clients.get();
    }
    return client;
  }

  private byte[] send(HttpRequest request) throws LinkException, InterruptedException {
    HttpResponse<byte[]> response = answer(request, BodyHandlers.ofByteArray());
    if (response.statusCode() == 200) {
      return response.body();
    }
    throw refused(response.statusCode(), response, response.body());
  }

  private <T> HttpResponse<T> answer(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws LinkException, InterruptedException {
    try {
      return client().send(request, body);
    } catch (IOException e) {
      throw new LinkException(Log.reason(e), e);
    }
  }

  /// What an answer means for the transfer.
  private static LinkException refused(int status, HttpResponse<?> response, byte[] body) {
    String text = "the server answers " + status + detail(body);
    switch (status) {
      case 401:
      case 403:
        return new RefusedException(text);
      case 404:
      case 413:
      case 507:
        return new EndedException(text);
      case 429:
      case 503:
        return new LaterException(text, RetryAfter.of(response.headers()).orElse(DEFAULT_LATER));
      default:
        // Also 409: what the server has is not what was thought, so it has to be asked again.
        return new LinkException(text);
    }
  }

  private static String detail(byte[] body) {
    try {
      return Json.parseObject(new String(body, StandardCharsets.UTF_8))
          .optString("detail")
          .map(detail -> ": " + detail)
          .orElse("");
    } catch (JsonException e) {
      return "";
    }
  }

  private static JsonObject json(byte[] body) throws LinkException {
    try {
      return Json.parseObject(new String(body, StandardCharsets.UTF_8));
    } catch (JsonException e) {
      throw new LinkException("the server's answer is not understood: " + e.getMessage(), e);
    }
  }
}
