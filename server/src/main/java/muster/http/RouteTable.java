package muster.http;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// All routes of all dialects, bound to the server; answers what matches none of them.
public final class RouteTable {
  private final List<Route> routes;
  private final Pipeline pipeline;
  private final Function<String, Dialect> dialectOfPath;

  /// @param dialectOfPath whose form an error has on a path that is no route's
  public RouteTable(
      List<Route> routes, Pipeline pipeline, Function<String, Dialect> dialectOfPath) {
    this.routes = List.copyOf(routes);
    this.pipeline = pipeline;
    this.dialectOfPath = dialectOfPath;
  }

  public List<Route> routes() {
    return routes;
  }

  /// Binds every route, and a last one for what is left.
  public void bind(ServerBuilder server) {
    for (Route route : routes) {
      Set<HttpMethod> methods = EnumSet.of(route.method());
      if (route.method() == HttpMethod.GET && !route.timeout().isZero()) {
        methods.add(HttpMethod.HEAD);
      }
      HttpService service = pipeline.service(route);
      if (route.streamsBody()) {
        // Looked at before the service is, and 10 MiB unless said otherwise.
        server.route().path(route.path()).methods(methods).maxRequestLength(0).build(service);
      } else {
        server.route().path(route.path()).methods(methods).build(service);
      }
    }
    server.serviceUnder("/", this::unmatched);
  }

  private HttpResponse unmatched(ServiceRequestContext context, HttpRequest request) {
    String requestId = pipeline.open(context);
    Dialect dialect = dialectOfPath.apply(context.path());
    try {
      pipeline.limits().countStranger(context);
    } catch (Fault tooMany) {
      return pipeline.send(dialect, requestId, tooMany);
    }
    Set<HttpMethod> allowed =
        routes.stream()
            .filter(route -> matches(route.path(), context.path()))
            .map(Route::method)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(HttpMethod.class)));
    if (allowed.isEmpty()) {
      return pipeline.send(
          dialect, requestId, new Fault(FaultCode.NOT_FOUND, "no such path: " + context.path()));
    }
    String methods = allowed.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
    context.setAdditionalResponseHeader("allow", methods);
    return pipeline.send(
        dialect,
        requestId,
        new Fault(
            FaultCode.NOT_FOUND,
            "%s is not allowed here (expected: %s)".formatted(request.method(), methods),
            Map.of(Fault.REASON, "method_not_allowed")));
  }

  private static boolean matches(String pattern, String path) {
    String[] wanted = pattern.split("/", -1);
    String[] given = path.split("/", -1);
    if (wanted.length != given.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      boolean fits = wanted[i].startsWith("{") ? !given[i].isEmpty() : wanted[i].equals(given[i]);
      if (!fits) {
        return false;
      }
    }
    return true;
  }
}
