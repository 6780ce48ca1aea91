package muster.connect;

import com.google.protobuf.util.JsonFormat;
import com.google.rpc.Code;
import com.google.rpc.Status;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpServiceWithRoutes;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServiceOptions;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Serves grpc-java services to Connect, gRPC, gRPC-Web and gRPC-Web-text callers, over HTTP/1.1
/// and HTTP/2. Bind it with `ServerBuilder.service(connectService)`; it takes
/// `/<package>.<Service>/…` of each of its services, and under another prefix when it is bound
/// there. Safe for any thread.
///
/// Requests have no time limit but the caller's own, and no size limit but the one of each message.
public final class ConnectService implements HttpServiceWithRoutes {

  private static final ServiceOptions UNLIMITED =
      ServiceOptions.builder().requestTimeoutMillis(0).maxRequestLength(0).build();

  private final Map<String, Rpc> rpcs;
  private final Negotiation negotiation;
  private final JsonFormat.TypeRegistry types;
  private final Optional<ErrorForm> plain;
  private final Optional<Cors> cors;
  private final Executor executor;

  ConnectService(
      Map<String, Rpc> rpcs,
      JsonFormat.TypeRegistry types,
      Optional<ErrorForm> plain,
      Optional<Cors> cors,
      Executor executor) {
    this.rpcs = Map.copyOf(rpcs);
    this.negotiation = new Negotiation(new Codec.Json(types), plain);
    this.types = types;
    this.plain = plain;
    this.cors = cors;
    this.executor = executor;
  }

  /// A service without procedures, to add to.
  public static ConnectServiceBuilder builder() {
    return new ConnectServiceBuilder();
  }

  /// The paths of all procedures, `/<package>.<Service>/<Method>`, sorted.
  public List<String> paths() {
    return rpcs.keySet().stream().sorted().toList();
  }

  /// All procedures, in the order of [#paths].
  public List<MethodDescriptor<?, ?>> methods() {
    return paths().stream()
        .<MethodDescriptor<?, ?>>map(path -> rpc(path).method().getMethodDescriptor())
        .toList();
  }

  /// Whether a procedure has no side effects, so that it may be called by GET.
  ///
  /// @throws IllegalArgumentException for a path that is not among [#paths]
  public boolean isSafe(String path) {
    return rpc(path).safe();
  }

  private Rpc rpc(String path) {
    var rpc = rpcs.get(path);
    if (rpc == null) {
      throw new IllegalArgumentException(path + ": no such procedure");
    }
    return rpc;
  }

  @Override
  public Set<Route> routes() {
    return rpcs.keySet().stream()
        .map(path -> path.substring(0, path.lastIndexOf('/') + 1))
        .map(service -> Route.builder().pathPrefix(service).build())
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public ServiceOptions options() {
    return UNLIMITED;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    var headers = request.headers();
    if (cors.isPresent() && headers.method() == HttpMethod.OPTIONS && Cors.isPreflight(headers)) {
      request.abort();
      return cors.get().preflight(headers);
    }
    var response = answer(ctx, request);
    return cors.isPresent() ? cors.get().permit(headers, response) : response;
  }

  private HttpResponse answer(ServiceRequestContext ctx, HttpRequest request) {
    var headers = request.headers();
    var type = Negotiation.mediaType(headers);
    var rpc = rpcs.get(lastTwo(ctx.path()));
    if (rpc == null) {
      request.abort();
      return Negotiation.isGrpc(type) ? unknownToGrpc(type) : unknown(headers);
    }
    var get = headers.method() == HttpMethod.GET;
    var getAllowed = rpc.unary() && rpc.safe();
    if (get ? !getAllowed : headers.method() != HttpMethod.POST) {
      request.abort();
      return refusal(
          headers, HttpStatus.METHOD_NOT_ALLOWED, "allow", getAllowed ? "GET, POST" : "POST");
    }
    var query = get ? ctx.queryParams() : QueryParams.of();
    var talk = get ? negotiation.get(headers, query) : negotiation.post(rpc, headers);
    if (talk.isEmpty()) {
      request.abort();
      return refusal(
          headers,
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "accept-post",
          Negotiation.types(rpc.unary()));
    }
    return start(ctx, request, rpc, talk.get(), query);
  }

  private HttpResponse start(
      ServiceRequestContext ctx,
      HttpRequest request,
      Rpc rpc,
      Conversation proposed,
      QueryParams query) {
    ctx.clearRequestTimeout();
    ctx.setMaxRequestLength(0);
    try {
      var talk = negotiation.settle(proposed, rpc, request.method(), query);
      var metadata = MetadataHeaders.read(request.headers());
      var answer = Responder.of(talk);
      new Call(ctx, rpc, talk, answer, executor).start(request, metadata);
      return answer.response();
    } catch (StatusRuntimeException e) {
      request.abort();
      var answer = Responder.of(proposed);
      answer.close(e.getStatus(), new Metadata());
      return answer.response();
    }
  }

  private static @Nullable String lastTwo(String path) {
    int method = path.lastIndexOf('/');
    int service = method < 1 ? -1 : path.lastIndexOf('/', method - 1);
    return service < 0 ? null : path.substring(service);
  }

  /// Of a request that is no call; plain callers are told why.
  private HttpResponse refusal(
      RequestHeaders headers, HttpStatus status, String header, String value) {
    var form = plainForm(headers);
    if (form.isEmpty() || Negotiation.isGrpc(Negotiation.mediaType(headers))) {
      return HttpResponse.of(ResponseHeaders.of(status, header, value, "content-length", "0"));
    }
    var why = "%s (expected: %s)".formatted(status.reasonPhrase().toLowerCase(Locale.ROOT), value);
    var code =
        status.equals(HttpStatus.METHOD_NOT_ALLOWED) ? Code.UNIMPLEMENTED : Code.INVALID_ARGUMENT;
    var told = Status.newBuilder().setCode(code.getNumber()).setMessage(why).build();
    // With a charset it is no error of Connect's, which clients of that would look into.
    return HttpResponse.of(
        ResponseHeaders.of(
            status, header, value, "content-type", "application/json; charset=utf-8"),
        HttpData.wrap(form.get().answer(told, headers).bytes()));
  }

  private Optional<ErrorForm> plainForm(RequestHeaders headers) {
    return plain.filter(
        form -> !headers.contains("connect-protocol-version") && form.applies(headers));
  }

  private static HttpResponse unknownToGrpc(String type) {
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.OK)
            .endOfStream(true)
            .set("content-type", type)
            .set("grpc-status", "12")
            .set("grpc-message", "no such procedure")
            .build());
  }

  private HttpResponse unknown(RequestHeaders headers) {
    var form = plainForm(headers);
    var code = form.isPresent() ? Code.NOT_FOUND : Code.UNIMPLEMENTED;
    var status =
        Status.newBuilder().setCode(code.getNumber()).setMessage("no such procedure").build();
    var body =
        form.map(p -> p.answer(status, headers).bytes())
            .orElseGet(() -> ErrorJson.bytes(ErrorJson.connect(status, types)));
    return HttpResponse.of(
        ResponseHeaders.of(HttpStatus.NOT_FOUND, "content-type", "application/json"),
        HttpData.wrap(body));
  }
}
