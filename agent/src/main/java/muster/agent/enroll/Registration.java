package muster.agent.enroll;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import muster.agent.log.Log;
import muster.agent.net.Backoff;
import muster.agent.net.RetryAfter;
import muster.agent.net.ServerAddress;
import muster.wire.ClaimReply;
import muster.wire.ClaimRequest;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;
import muster.wire.RegisterReply;
import muster.wire.RegisterRequest;

/// `POST /v1/agent/register` and `POST /api/devices/pair/claim`, repeated until they are answered.
/// A repetition is safe: the server knows the pair of proof and hardware id and gives the same
/// device with a new secret.
public final class Registration {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(15);
  private static final int MOST_BYTES = 64 * 1024;

  private final HttpClient http;
  private final Log log;
  private final Pause pause;
  private final Backoff backoff;

  /// Waits between two attempts.
  public interface Pause {
    void sleep(Duration duration) throws InterruptedException;
  }

  public Registration(HttpClient http, Log log, Pause pause, RandomGenerator random) {
    this.http = http;
    this.log = log;
    this.pause = pause;
    this.backoff = new Backoff(random, System::nanoTime);
  }

  /// @param attempts how often to ask at most, 1 or more
  /// @throws RefusedException when the server says no
  /// @throws IOException when it could not be reached or made no sense, at the last attempt
  public RegisterReply register(ServerAddress server, RegisterRequest request, int attempts)
      throws IOException, RefusedException, InterruptedException {
    return ask(server, "/v1/agent/register", request.toJson(), RegisterReply::fromJson, attempts);
  }

  /// As [#register], with a pairing code.
  public ClaimReply claim(ServerAddress server, ClaimRequest request, int attempts)
      throws IOException, RefusedException, InterruptedException {
    return ask(server, "/api/devices/pair/claim", request.toJson(), ClaimReply::fromJson, attempts);
  }

  private <T> T ask(
      ServerAddress server,
      String path,
      JsonObject request,
      Function<JsonObject, T> read,
      int attempts)
      throws IOException, RefusedException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      Optional<Duration> retryAfter = Optional.empty();
      IOException failure;
      try {
        HttpResponse<InputStream> response = post(server.http(path), request.toString());
        String body = read(response);
        if (response.statusCode() == 200) {
          return read.apply(Json.parseObject(body));
        }
        failure = failure(response.statusCode(), body);
        retryAfter = RetryAfter.of(response.headers());
      } catch (JsonException e) {
        failure = new IOException("the server's answer makes no sense: " + e.getMessage());
      } catch (IOException e) {
        failure = e;
      }
      if (attempt >= attempts) {
        throw failure;
      }
      Duration wait = retryAfter.map(backoff::after).orElseGet(backoff::next);
      log.warn(
          "cannot register at "
              + server
              + ": "
              + Log.reason(failure)
              + "; again in "
              + (wait.toMillis() + 999) / 1000
              + " s");
      pause.sleep(wait);
    }
  }

  private HttpResponse<InputStream> post(URI uri, String json)
      throws IOException, InterruptedException {
    HttpRequest post =
        HttpRequest.newBuilder(uri)
            .timeout(ANSWER_WITHIN)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build();
    return http.send(post, HttpResponse.BodyHandlers.ofInputStream());
  }

  private static String read(HttpResponse<InputStream> response) throws IOException {
    try (InputStream body = response.body()) {
      return new String(body.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
    }
  }

  /// What to make of an answer that is not 200: an exception to repeat after, or the refusal.
  private static IOException failure(int status, String body) throws RefusedException {
    String said = status + " " + detail(body);
    if (status == 429 || status == 408 || status >= 500) {
      return new IOException("the server says " + said);
    }
    throw new RefusedException(said);
  }

  private static String detail(String body) {
    try {
      JsonObject json = Json.parseObject(body);
      return json.optString("detail")
          .or(() -> json.optString("message"))
          .or(() -> json.optString("error"))
          .orElse("");
    } catch (JsonException e) {
      return "(no explanation)";
    }
  }
}
