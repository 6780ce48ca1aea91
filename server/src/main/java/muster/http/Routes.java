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
    return usual(HttpMethod.GET, path, Route.Kind.READ, handler);
  }

  /// A GET that may wait, within its 10 s, for what devices do.
  public Routes getAndWait(String path, Handler handler) {
    return usual(HttpMethod.GET, path, Route.Kind.WAIT, handler);
  }

  public Routes post(String path, Handler handler) {
    return usual(HttpMethod.POST, path, Route.Kind.WRITE, handler);
  }

  public Routes patch(String path, Handler handler) {
    return usual(HttpMethod.PATCH, path, Route.Kind.WRITE, handler);
  }

  public Routes put(String path, Handler handler) {
    return usual(HttpMethod.PUT, path, Route.Kind.WRITE, handler);
  }

  public Routes delete(String path, Handler handler) {
    return usual(HttpMethod.DELETE, path, Route.Kind.WRITE, handler);
  }

  /// A POST that gives devices something to do, with arguments as large as a tool takes.
  public Routes execute(String path, Handler handler) {
    return people(
        HttpMethod.POST, path, Route.Kind.EXECUTE, EXECUTE_BODY, DEFAULT_TIMEOUT, handler);
  }

  /// As [#execute], with an answer that waits for what the devices did, for as long as it likes.
  public Routes executeAndWait(String path, Handler handler) {
    return people(HttpMethod.POST, path, Route.Kind.WAIT, EXECUTE_BODY, Duration.ZERO, handler);
  }

  /// A GET whose answer may go on for as long as it likes.
  public Routes stream(String path, Handler handler) {
    return people(HttpMethod.GET, path, Route.Kind.STREAM, DEFAULT_BODY, Duration.ZERO, handler);
  }

  /// As [#stream], with a credential that may also stand in the URL, as `token`.
  public Routes streamByUrl(String path, Handler handler) {
    return add(
        Route.Audience.PEOPLE,
        Route.Place.TOKEN_PARAMETER,
        HttpMethod.GET,
        path,
        Route.Kind.STREAM,
        DEFAULT_BODY,
        false,
        Duration.ZERO,
        handler);
  }

  /// A POST by a device about itself, whose credential may also stand in `X-Agent-Key`.
  public Routes report(String path, int maxBody, Handler handler) {
    return add(
        Route.Audience.DEVICES,
        Route.Place.AGENT_KEY,
        HttpMethod.POST,
        path,
        Route.Kind.WRITE,
        maxBody,
        false,
        DEFAULT_TIMEOUT,
        handler);
  }

  /// A GET for a device, whose credential may also stand in the URL, as `key`.
  public Routes deviceGetByUrl(String path, Handler handler) {
    return add(
        Route.Audience.DEVICES,
        Route.Place.KEY_PARAMETER,
        HttpMethod.GET,
        path,
        Route.Kind.READ,
        0,
        false,
        DEFAULT_TIMEOUT,
        handler);
  }

  /// A GET that needs no credential and takes no body.
  public Routes open(String path, Handler handler) {
    return open(HttpMethod.GET, path, Route.Kind.READ, 0, handler);
  }

  /// A POST whose answer may take as long as it likes.
  public Routes postStream(String path, Handler handler) {
    return people(HttpMethod.POST, path, Route.Kind.STREAM, DEFAULT_BODY, Duration.ZERO, handler);
  }

  /// A PUT of any length, which the handler reads itself.
  public Routes putFile(String path, Handler handler) {
    return file(Route.Audience.PEOPLE, HttpMethod.PUT, path, Route.Kind.STREAM, true, handler);
  }

  /// As [#putFile], for a form with a file in it.
  public Routes postFile(String path, Handler handler) {
    return file(Route.Audience.PEOPLE, HttpMethod.POST, path, Route.Kind.STREAM, true, handler);
  }

  /// What a GET would answer, without its body; within 10 s.
  public Routes head(String path, Handler handler) {
    return usual(HttpMethod.HEAD, path, Route.Kind.WAIT, handler);
  }

  /// The headers of a GET that streams, which has no HEAD of its own.
  public Routes look(String path, Handler handler) {
    return usual(HttpMethod.HEAD, path, Route.Kind.READ, handler);
  }

  /// A GET by a device, of a file's content.
  public Routes deviceStream(String path, Handler handler) {
    return file(Route.Audience.DEVICES, HttpMethod.GET, path, Route.Kind.TRANSFER, false, handler);
  }

  /// A PUT of a file's content by a device, which the handler reads itself.
  public Routes devicePut(String path, Handler handler) {
    return file(Route.Audience.DEVICES, HttpMethod.PUT, path, Route.Kind.TRANSFER, true, handler);
  }

  /// A POST by a device about a file on its way, with a small body.
  public Routes devicePost(String path, Handler handler) {
    return file(Route.Audience.DEVICES, HttpMethod.POST, path, Route.Kind.TRANSFER, false, handler);
  }

  /// A route that needs no credential.
  public Routes open(
      HttpMethod method, String path, Route.Kind kind, int maxBody, Handler handler) {
    return add(
        Route.Audience.ANYBODY,
        Route.Place.NOWHERE,
        method,
        path,
        kind,
        maxBody,
        false,
        DEFAULT_TIMEOUT,
        handler);
  }

  private Routes usual(HttpMethod method, String path, Route.Kind kind, Handler handler) {
    return people(method, path, kind, DEFAULT_BODY, DEFAULT_TIMEOUT, handler);
  }

  private Routes people(
      HttpMethod method,
      String path,
      Route.Kind kind,
      int maxBody,
      Duration timeout,
      Handler handler) {
    return add(
        Route.Audience.PEOPLE,
        Route.Place.NOWHERE,
        method,
        path,
        kind,
        maxBody,
        false,
        timeout,
        handler);
  }

  private Routes file(
      Route.Audience audience,
      HttpMethod method,
      String path,
      Route.Kind kind,
      boolean streamsBody,
      Handler handler) {
    return add(
        audience,
        Route.Place.NOWHERE,
        method,
        path,
        kind,
        DEFAULT_BODY,
        streamsBody,
        Duration.ZERO,
        handler);
  }

  private Routes add(
      Route.Audience audience,
      Route.Place place,
      HttpMethod method,
      String path,
      Route.Kind kind,
      int maxBody,
      boolean streamsBody,
      Duration timeout,
      Handler handler) {
    routes.add(
        new Route(
            method, path, audience, place, kind, maxBody, streamsBody, timeout, dialect, handler));
    return this;
  }

  public List<Route> list() {
    return List.copyOf(routes);
  }
}
