package muster.outbound;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.SplitHttpResponse;
import com.linecorp.armeria.common.util.Exceptions;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import muster.http.Reply;
import muster.webhook.Courier;
import muster.webhook.Notice;

/// Sends notices as POST with JSON: the body of fleetd's page, and the headers of Standard Webhooks
/// 1.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Redirects are not followed; the
/// address that was looked at is the one that is connected to.
public final class HttpCourier implements Courier, AutoCloseable {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final Duration WITHIN = Duration.ofSeconds(10);
  private static final int MOST_ANSWER = 64 * 1024;
  private static final int MOST_KEPT = 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Destinations destinations;
  private final InstantSource clock;
  private final ClientFactory connections =
      ClientFactory.builder()
          .connectTimeout(CONNECT_WITHIN)
          .idleTimeout(WITHIN)
          .useHttp2Preface(false)
          .build();

  public HttpCourier(Destinations destinations, InstantSource clock) {
    this.destinations = destinations;
    this.clock = clock;
  }

  /// As the page shows it, and `type` as Standard Webhooks has it.
  @JsonPropertyOrder({"event", "timestamp", "data", "type"})
  record Body(String event, String timestamp, SortedMap<String, String> data, String type) {
    static Body of(Notice notice) {
      return new Body(notice.event(), Reply.time(notice.at()), notice.data(), notice.event());
    }
  }

  @Override
  public Answer send(Parcel parcel) {
    URI url = parcel.url();
    Destinations.Resolved resolved = destinations.resolve(url);
    if (resolved.problem().isPresent()) {
      return Answer.none(resolved.problem().get());
    }
    try {
      return send(parcel, resolved.addresses().getFirst());
    } catch (RuntimeException e) {
      return Answer.none(words(Exceptions.peel(e)));
    }
  }

  private static String words(Throwable problem) {
    String kind = problem.getClass().getSimpleName().replaceAll("Exception$", "");
    String spaced = kind.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    Throwable cause = problem.getCause() == null ? problem : problem.getCause();
    String said = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return cause.getMessage() == null ? spaced : spaced + ": " + said;
  }

  private Answer send(Parcel parcel, InetAddress address) {
    URI url = parcel.url();
    boolean isSecure = "https".equalsIgnoreCase(url.getScheme());
    int usual = isSecure ? 443 : 80;
    int port = url.getPort() < 0 ? usual : url.getPort();
    // An address in brackets stands for itself, however it is written.
    Endpoint endpoint =
        url.getHost().startsWith("[")
            ? Endpoint.of(address.getHostAddress(), port)
            : Endpoint.of(url.getHost(), port).withIpAddr(address.getHostAddress());
    SplitHttpResponse response =
        WebClient.builder(isSecure ? SessionProtocol.HTTPS : SessionProtocol.HTTP, endpoint)
            .factory(connections)
            .responseTimeout(WITHIN)
            .writeTimeout(WITHIN)
            .maxResponseLength(MOST_ANSWER)
            .build()
            .execute(request(parcel))
            .split();
    ResponseHeaders headers = response.headers().join();
    return new Answer(
        Optional.of(headers.status().code()),
        Optional.empty(),
        beginning(response),
        Optional.ofNullable(headers.get(HttpHeaderNames.RETRY_AFTER))
            .flatMap(HttpCourier::seconds));
  }

  private HttpRequest request(Parcel parcel) {
    byte[] body = body(parcel.notice());
    Instant now = clock.instant();
    String id = parcel.notice().id().value();
    String timestamp = Long.toString(now.getEpochSecond());
    URI url = parcel.url();
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    RequestHeadersBuilder headers =
        RequestHeaders.builder()
            .method(HttpMethod.POST)
            .path(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
            .contentType(MediaType.JSON)
            .add(HttpHeaderNames.USER_AGENT, "Muster");
    parcel.headers().forEach(headers::add);
    byte[] signed = signed(id, timestamp, body);
    headers
        .add("webhook-id", id)
        .add("webhook-timestamp", timestamp)
        .add(
            "webhook-signature",
            parcel.secrets().stream()
                .map(secret -> secret.sign(signed))
                .collect(Collectors.joining(" ")));
    return HttpRequest.of(headers.build(), HttpData.wrap(body));
  }

  /// What Standard Webhooks signs: `id.timestamp.body`.
  private static byte[] signed(String id, String timestamp, byte[] body) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
    all.writeBytes(body);
    return all.toByteArray();
  }

  private static byte[] body(Notice notice) {
    try {
      return JSON.writeValueAsBytes(Body.of(notice));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String beginning(SplitHttpResponse response) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      List<HttpData> pieces = response.body().collect().join();
      pieces.forEach(piece -> bytes.writeBytes(piece.array()));
    } catch (CompletionException e) {
      // What it answered counts, whatever became of the rest.
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    return text.length() > MOST_KEPT ? text.substring(0, MOST_KEPT) : text;
  }

  /// A date is not taken: clocks differ.
  private static Optional<Duration> seconds(String text) {
    return text.matches("\\d{1,7}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
        : Optional.empty();
  }

  @Override
  public void close() {
    connections.close();
  }
}
