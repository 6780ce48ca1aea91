package muster.http;

import com.linecorp.armeria.common.HttpMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Collects a dialect's route table. Unless said otherwise a route wants a credential, takes 64 KiB
/// of body and has 10 s.
public final class Routes {
  private static final int DEFAULT_BODY = 64 * 1024;
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  private final Dialect dialect;
  private final List<Route> routes = new ArrayList<>();

  public Routes(Dialect dialect) {
    this.dialect = dialect;
  }

  public Routes get(String path, Handler handler) {
    return add(HttpMethod.GET, path, false, DEFAULT_BODY, DEFAULT_TIMEOUT, handler);
  }

  public Routes post(String path, Handler handler) {
    return add(HttpMethod.POST, path, false, DEFAULT_BODY, DEFAULT_TIMEOUT, handler);
  }

  public Routes patch(String path, Handler handler) {
    return add(HttpMethod.PATCH, path, false, DEFAULT_BODY, DEFAULT_TIMEOUT, handler);
  }

  public Routes delete(String path, Handler handler) {
    return add(HttpMethod.DELETE, path, false, DEFAULT_BODY, DEFAULT_TIMEOUT, handler);
  }

  /// A GET whose answer may go on for as long as it likes.
  public Routes stream(String path, Handler handler) {
    return add(HttpMethod.GET, path, false, DEFAULT_BODY, Duration.ZERO, handler);
  }

  /// A POST whose answer may take as long as it likes.
  public Routes postStream(String path, Handler handler) {
    return add(HttpMethod.POST, path, false, DEFAULT_BODY, Duration.ZERO, handler);
  }

  /// A route that needs no credential.
  public Routes open(HttpMethod method, String path, int maxBody, Handler handler) {
    return add(method, path, true, maxBody, DEFAULT_TIMEOUT, handler);
  }

  private Routes add(
      HttpMethod method,
      String path,
      boolean open,
      int maxBody,
      Duration timeout,
      Handler handler) {
    routes.add(new Route(method, path, open, maxBody, timeout, dialect, handler));
    return this;
  }

  public List<Route> list() {
    return List.copyOf(routes);
  }
}
