package muster.connect;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Which web pages may call (the Fetch standard, "CORS protocol"). Credentials of the browser are
/// never allowed along: callers send a header.
///
/// @param origins allowed origins such as `https://console.example.org`, letter by letter, or `*`
/// @param headers request headers besides those of the protocols
/// @param exposed headers of answers besides those that an answer has, which others add later
/// @param maxAge how long a browser may keep the permission; whole seconds
public record Cors(
    Set<String> origins, List<String> headers, List<String> exposed, Duration maxAge) {

  private static final List<String> PROTOCOL =
      List.of(
          "content-type",
          "connect-protocol-version",
          "connect-timeout-ms",
          "connect-content-encoding",
          "connect-accept-encoding",
          "grpc-timeout",
          "grpc-encoding",
          "grpc-accept-encoding",
          "x-grpc-web",
          "x-user-agent");
  private static final List<String> EXPOSED =
      List.of("grpc-status", "grpc-message", "grpc-status-details-bin");

  public Cors {
    origins = Set.copyOf(origins);
    headers = List.copyOf(headers);
    exposed = List.copyOf(exposed);
  }

  /// These origins, for two hours.
  public static Cors origins(String... origins) {
    return new Cors(Set.of(origins), List.of(), List.of(), Duration.ofHours(2));
  }

  private boolean allows(RequestHeaders request) {
    return origins.contains("*") || origins.contains(request.get("origin", ""));
  }

  static boolean isPreflight(RequestHeaders request) {
    return request.contains("origin") && request.contains("access-control-request-method");
  }

  /// The answer to a browser that asks first; without permission in it when the origin has none.
  HttpResponse preflight(RequestHeaders request) {
    var head = ResponseHeaders.builder(HttpStatus.NO_CONTENT);
    head.set("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    if (allows(request)) {
      var names = new TreeSet<>(PROTOCOL);
      names.addAll(headers);
      head.set("access-control-allow-origin", request.get("origin", ""))
          .set("access-control-allow-methods", "GET, POST")
          .set("access-control-allow-headers", String.join(", ", names))
          .set("access-control-max-age", Long.toString(maxAge.toSeconds()));
    }
    return HttpResponse.of(head.build());
  }

  /// The answer with leave to read it, every header that it has included.
  HttpResponse permit(RequestHeaders request, HttpResponse response) {
    if (!request.contains("origin")) {
      return response;
    }
    return response.mapHeaders(answer -> {
      var head = answer.toBuilder();
      head.add("vary", "Origin");
      if (allows(request)) {
        var names = new TreeSet<>(EXPOSED);
        names.addAll(exposed);
        answer.names().stream()
            .map(CharSequence::toString)
            .filter(name -> !name.startsWith(":"))
            .forEach(names::add);
        head.set("access-control-allow-origin", request.get("origin", ""))
            .set("access-control-expose-headers", String.join(", ", names));
      }
      return head.build();
    });
  }
}
