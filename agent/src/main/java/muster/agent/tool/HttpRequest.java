package muster.agent.tool;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The tool `http_request`: asks a web server and prints its answer as JSON. Whatever status the
/// answer has, the tool has done its work.
///
/// Each hop is checked: the host's name before it is looked up, and the very address that is then
/// connected to, so that a name that stands for another address the next time changes nothing.
///
/// @param headers in lower case
/// @param redirects that are followed at most
record HttpRequest(String method, URI url, Map<String, String> headers, byte[] body, int redirects)
    implements Job {
  private static final int MOST_BODY = 256 * 1024;
  private static final int MOST_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /// What the connection needs or the framing is made of.
  private static final Set<String> OWN_HEADERS =
      Set.of(
          "host",
          "connection",
          "content-length",
          "transfer-encoding",
          "te",
          "trailer",
          "upgrade",
          "expect",
          "keep-alive",
          "proxy-authorization",
          "proxy-connection");

  /// What is not for other hosts.
  private static final Set<String> CREDENTIALS = Set.of("authorization", "cookie");

  static HttpRequest parse(JsonObject json) {
    Args args = new Args(json, "method", "url", "headers", "body", "body_b64", "max_redirects");
    if (args.has("body") && args.has("body_b64")) {
      throw new FieldException("args", null, "body or body_b64, not both");
    }
    byte[] body =
        args.bytes("body_b64")
            .orElseGet(() -> args.optText("body").orElse("").getBytes(StandardCharsets.UTF_8));
    if (body.length > MOST_BODY) {
      throw new FieldException("args.body", body.length + " bytes", "at most 256 KiB");
    }
    String method = args.word("method", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    if (body.length > 0 && (method.equals("GET") || method.equals("HEAD"))) {
      throw new FieldException("args.body", body.length + " bytes", "none with " + method);
    }
    String url = args.text("url");
    return new HttpRequest(
        method,
        HttpUrl.parse(url).orElseThrow(() -> new FieldException("args.url", url, HttpUrl.EXPECTED)),
        headers(args),
        body,
        (int) args.number("max_redirects", 0, MOST_REDIRECTS, MOST_REDIRECTS));
  }

  private static Map<String, String> headers(Args args) {
    Map<String, String> headers = new LinkedHashMap<>();
    args.texts("headers")
        .forEach((name, value) -> {
          String field = "args.headers." + name;
          String key = name.toLowerCase(Locale.ROOT);
          if (!key.matches("[a-z0-9!#$%&'*+.^_`|~-]{1,128}") || OWN_HEADERS.contains(key)) {
            throw new FieldException(field, name, "a header that may be set");
          }
          if (!value.matches("[\\t\\x20-\\x7e]{0,8192}")) {
            throw new FieldException(
                field, "not shown", "printable ASCII, at most 8192 characters");
          }
          headers.put(key, value);
        });
    return headers;
  }

  @Override
  public void check(Policy policy) {
    policy.requireHttpHost(url.getHost(), HttpUrl.port(url));
  }

  @Override
  public void run(Desk desk) throws IOException {
    HttpRequest next = this;
    HttpAnswer answer = next.ask(desk, HttpConnection.Means.of(desk));
    int followed = 0;
    for (Optional<URI> to = next.target(answer); to.isPresent(); to = next.target(answer)) {
      if (followed == redirects) {
        if (redirects == 0) {
          break;
        }
        throw new IOException("more than " + redirects + " redirects, the last to " + to.get());
      }
      followed++;
      next = next.redirected(answer.status(), to.get());
      next.check(desk.policy());
      answer = next.ask(desk, HttpConnection.Means.of(desk));
    }
    desk.print((json(next.url, answer, followed) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /// Without following where the answer points.
  HttpAnswer ask(Desk desk, HttpConnection.Means means) throws IOException {
    int port = HttpUrl.port(url);
    IOException problem = new IOException(url.getHost() + ": no address");
    for (InetAddress address : addresses()) {
      desk.policy().requireHttpAddress(url.getHost(), address, port);
      try (HttpConnection connection = new HttpConnection(means, url, address)) {
        return connection.ask(method, headers, body);
      } catch (HttpConnection.UnreachableException e) {
        problem = e;
      }
    }
    throw problem;
  }

  private List<InetAddress> addresses() throws IOException {
    String host = url.getHost();
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      throw new IOException(host + ": no such host", e);
    }
  }

  /// Where the answer points, if it does.
  private Optional<URI> target(HttpAnswer answer) throws IOException {
    Optional<String> location = answer.header("location");
    if (!REDIRECTS.contains(answer.status()) || location.isEmpty()) {
      return Optional.empty();
    }
    Optional<URI> target = HttpUrl.parse(url, location.get());
    if (target.isEmpty()) {
      throw new IOException("a redirect to what is no web address: " + location.get());
    }
    if (url.getScheme().equals("https") && target.get().getScheme().equals("http")) {
      throw new IOException("a redirect from https to http: " + target.get());
    }
    return target;
  }

  /// As browsers do: other methods become GET but for 307 and 308, and credentials stay with the
  /// host they were meant for.
  private HttpRequest redirected(int status, URI target) {
    boolean same =
        target.getScheme().equals(url.getScheme())
            && target.getHost().equalsIgnoreCase(url.getHost())
            && HttpUrl.port(target) == HttpUrl.port(url);
    boolean repeated = status >= 307 || method.equals("GET") || method.equals("HEAD");
    Map<String, String> kept = new LinkedHashMap<>(headers);
    kept.keySet()
        .removeIf(name ->
            !same && CREDENTIALS.contains(name) || !repeated && name.startsWith("content-"));
    return new HttpRequest(
        repeated ? method : "GET", target, kept, repeated ? body : new byte[0], redirects);
  }

  private static JsonObject json(URI url, HttpAnswer answer, int followed) {
    JsonObject.Builder headers = JsonObject.builder();
    answer.headers().forEach(headers::put);
    JsonObject.Builder json =
        JsonObject.builder()
            .put("status", answer.status())
            .put("url", url.toString())
            .put("redirects", followed)
            .put("headers", headers.build());
    // Text that JSON would spell much longer than it is travels as base64, as output does.
    Optional<String> text =
        Utf8.decode(answer.body())
            .filter(plain ->
                JsonObject.builder().put("", plain).build().toString().length()
                    <= 2 * answer.body().length + 64);
    if (text.isPresent()) {
      json.put("body", text.get());
    } else {
      json.put("body_b64", Base64.getEncoder().encodeToString(answer.body()));
    }
    return json.put("truncated", answer.truncated()).build();
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  /// Without headers and body, which may be secret.
  @Override
  public String toString() {
    return "HttpRequest[" + method + " " + url.getHost() + "]";
  }
}
