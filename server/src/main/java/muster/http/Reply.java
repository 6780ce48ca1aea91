package muster.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// An answer: a status, headers and either a body or somebody who writes one piece by piece.
public record Reply(
    HttpStatus status,
    MediaType type,
    Map<String, String> headers,
    byte[] body,
    Optional<Streamer> streamer) {

  /// Writes a body piece by piece, on the request's own thread. `out` blocks while the client is
  /// slow, and throws when it is gone.
  @FunctionalInterface
  public interface Streamer {
    void write(BodyWriter out) throws Exception;
  }

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              // The default keeps buffers by thread, and every request has a new virtual one.
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .build())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS))
          .build();

  private static final byte[] NOTHING = {};

  /// JSON of a record or map; names of records' parts become snake_case.
  public static Reply json(HttpStatus status, Object body) {
    return new Reply(status, MediaType.JSON_UTF_8, Map.of(), bytes(body), Optional.empty());
  }

  public static Reply ok(Object body) {
    return json(HttpStatus.OK, body);
  }

  public static Reply noContent() {
    return new Reply(
        HttpStatus.NO_CONTENT, MediaType.JSON_UTF_8, Map.of(), NOTHING, Optional.empty());
  }

  public static Reply bytes(MediaType type, byte[] body) {
    return new Reply(HttpStatus.OK, type, Map.of(), body, Optional.empty());
  }

  public static Reply text(MediaType type, String body) {
    return bytes(type, body.getBytes(StandardCharsets.UTF_8));
  }

  public static Reply stream(MediaType type, Streamer streamer) {
    return stream(HttpStatus.OK, type, streamer);
  }

  public static Reply stream(HttpStatus status, MediaType type, Streamer streamer) {
    return new Reply(status, type, Map.of(), NOTHING, Optional.of(streamer));
  }

  public Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, type, more, body, streamer);
  }

  /// With the time after which trying again makes sense.
  public Reply retryAfter(String seconds) {
    return with(HttpHeaderNames.RETRY_AFTER.toString(), seconds);
  }

  /// With something that is closed when the stream has ended, however it ends.
  Reply thenClose(Pipeline.Pass pass) {
    Streamer ended =
        out -> {
          try (pass) {
            streamer.orElseThrow().write(out);
          }
        };
    return new Reply(status, type, headers, body, Optional.of(ended));
  }

  /// JSON bytes, as [#json] writes them.
  public static byte[] bytes(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("can't be written as JSON: " + value.getClass(), e);
    }
  }

  /// A time as every surface of ISO style shows it: UTC, whole seconds.
  public static String time(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
