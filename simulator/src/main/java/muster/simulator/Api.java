package muster.simulator;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import muster.wire.Json;
import muster.wire.JsonObject;

/// The server's HTTP API with an administrator's key, as a program of a customer's would use it.
/// Shared by threads; blocks.
public final class Api {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PAGE = 1_000;

  private final Endpoint endpoint;
  private final String key;
  private final HttpClient http;

  public Api(Endpoint endpoint, String key) {
    this.endpoint = endpoint;
    this.key = key;
    this.http = endpoint.client();
  }

  /// An answer that is no success.
  public static final class Refused extends IOException {
    private final int status;

    Refused(String request, int status, String body) {
      super("%s: %d %s".formatted(request, status, body));
      this.status = status;
    }

    public int status() {
      return status;
    }
  }

  public JsonObject get(String path) throws IOException, InterruptedException {
    return call("GET", path, "");
  }

  public JsonObject post(String path, String body) throws IOException, InterruptedException {
    return call("POST", path, body);
  }

  public void delete(String path) throws IOException, InterruptedException {
    call("DELETE", path, "");
  }

  private JsonObject call(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.base().resolve(path))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + key);
    if (body.isEmpty()) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, BodyPublishers.ofString(body));
    }
    HttpResponse<String> reply = http.send(request.build(), BodyHandlers.ofString());
    if (reply.statusCode() / 100 != 2) {
      throw new Refused(method + " " + path, reply.statusCode(), reply.body());
    }
    return reply.body().isEmpty() ? JsonObject.empty() : Json.parseObject(reply.body());
  }

  /// A new enrolment token.
  String enrolmentToken() throws IOException, InterruptedException {
    return post("/v1/devices/enrollment", "{}").string("token");
  }

  /// Every device there is, or every one that a query asks for, page by page.
  void devices(String query, Consumer<JsonObject> each) throws IOException, InterruptedException {
    pages(
        "/v1/devices?limit=%d%s".formatted(PAGE, query),
        "devices",
        device -> {
          each.accept(device);
          return true;
        });
  }

  Set<String> deviceIds() throws IOException, InterruptedException {
    Set<String> ids = new HashSet<>();
    devices("", device -> ids.add(device.string("id")));
    return ids;
  }

  /// The newest command's id, if there is any.
  Optional<String> newestCommand() throws IOException, InterruptedException {
    return get("/v1/commands?limit=1").objects("commands", command -> command.string("id")).stream()
        .findFirst();
  }

  /// Every command that is newer than `last`, newest first.
  void commandsSince(Optional<String> last, Consumer<JsonObject> each)
      throws IOException, InterruptedException {
    pages(
        "/v1/commands?limit=" + PAGE,
        "commands",
        command -> {
          boolean newer = !last.equals(Optional.of(command.string("id")));
          if (newer) {
            each.accept(command);
          }
          return newer;
        });
  }

  /// @param each answers whether it wants more
  private void pages(String path, String field, Predicate<JsonObject> each)
      throws IOException, InterruptedException {
    Optional<String> cursor = Optional.empty();
    do {
      JsonObject page = get(path + cursor.map(at -> "&cursor=" + at).orElse(""));
      for (JsonObject item : page.objects(field, item -> item)) {
        if (!each.test(item)) {
          return;
        }
      }
      cursor = page.optString("next_cursor");
    } while (cursor.isPresent());
  }
}
