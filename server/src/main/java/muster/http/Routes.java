package muster.http;

import com.linecorp.armeria.common.HttpMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Collects a dialect's route table. Unless said otherwise a route wants a credential, takes 64 KiB
/// of body and has 10 s.
public final class Routes {
  private static final int DEFAULT_BODY = 64 * 1024;
  private static final int EXECUTE_BODY = 512 * 1024;
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  private final Dialect dialect;
  private final List<Route> routes = new ArrayList<>();

  public Routes(Dialect dialect) {
    this.dialect = dialect;
  }

  public Routes get(String path, Handler handler) {
    return add(HttpMethod.GET, path, Route.Kind.READ, handler);
  }

  public Routes post(String path, Handler handler) {
    return add(HttpMethod.POST, path, Route.Kind.WRITE, handler);
  }

  public Routes patch(String path, Handler handler) {
    return add(HttpMethod.PATCH, path, Route.Kind.WRITE, handler);
  }

  public Routes put(String path, Handler handler) {
    return add(HttpMethod.PUT, path, Route.Kind.WRITE, handler);
  }

  public Routes delete(String path, Handler handler) {
    return add(HttpMethod.DELETE, path, Route.Kind.WRITE, handler);
  }

  /// A POST that gives devices something to do, with arguments as large as a tool takes.
  public Routes execute(String path, Handler handler) {
    return add(
        HttpMethod.POST, path, false, Route.Kind.EXECUTE, EXECUTE_BODY, DEFAULT_TIMEOUT, handler);
  }

  /// A GET whose answer may go on for as long as it likes.
  public Routes stream(String path, Handler handler) {
    return add(
        HttpMethod.GET, path, false, Route.Kind.STREAM, DEFAULT_BODY, Duration.ZERO, handler);
  }

  /// A GET that needs no credential and takes no body.
  public Routes open(String path, Handler handler) {
    return open(HttpMethod.GET, path, Route.Kind.READ, 0, handler);
  }

  /// A POST whose answer may take as long as it likes.
  public Routes postStream(String path, Handler handler) {
    return add(
        HttpMethod.POST, path, false, Route.Kind.STREAM, DEFAULT_BODY, Duration.ZERO, handler);
  }

  /// As [#execute], with an answer that waits for what the devices did, for as long as it likes.
  public Routes executeAndWait(String path, Handler handler) {
    return add(HttpMethod.POST, path, false, Route.Kind.WAIT, EXECUTE_BODY, Duration.ZERO, handler);
  }

  /// A route that needs no credential.
  public Routes open(
      HttpMethod method, String path, Route.Kind kind, int maxBody, Handler handler) {
    return add(method, path, true, kind, maxBody, DEFAULT_TIMEOUT, handler);
  }

  private Routes add(HttpMethod method, String path, Route.Kind kind, Handler handler) {
    return add(method, path, false, kind, DEFAULT_BODY, DEFAULT_TIMEOUT, handler);
  }

  private Routes add(
      HttpMethod method,
      String path,
      boolean open,
      Route.Kind kind,
      int maxBody,
      Duration timeout,
      Handler handler) {
    routes.add(new Route(method, path, open, kind, maxBody, timeout, dialect, handler));
    return this;
  }

  public List<Route> list() {
    return List.copyOf(routes);
  }
}
