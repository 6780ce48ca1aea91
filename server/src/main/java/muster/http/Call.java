package muster.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.auth.AddressBlock;
import muster.auth.Caller;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;

/// One request as a handler sees it.
public final class Call {
  private final ServiceRequestContext context;
  private final AggregatedHttpRequest request;
  private final QueryParams query;
  private final Caller caller;
  private final RateLimits limits;
  private final InputStream body;

  Call(
      ServiceRequestContext context,
      AggregatedHttpRequest request,
      Caller caller,
      RateLimits limits) {
    this(context, request, request.content().toInputStream(), caller, limits);
  }

  Call(
      ServiceRequestContext context,
      AggregatedHttpRequest request,
      InputStream body,
      Caller caller,
      RateLimits limits) {
    this.context = context;
    this.request = request;
    this.body = body;
    this.query = context.queryParams();
    this.caller = caller;
    this.limits = limits;
  }

  /// What takes its time.
  public interface Waiting<T> {
    T result() throws InterruptedException;
  }

  /// Waits on the calling thread, but not for a client that has left.
  ///
  /// @throws Fault UNAVAILABLE when it has
  public <T> T waiting(Waiting<T> work) {
    Thread waiter = Thread.currentThread();
    AtomicBoolean done = new AtomicBoolean();
    context
        .log()
        .whenComplete()
        .thenRun(() -> {
          if (done.compareAndSet(false, true)) {
            waiter.interrupt();
          }
        });
    try {
      T result = work.result();
      return done.compareAndSet(false, true) ? result : gone();
    } catch (InterruptedException e) {
      return gone();
    }
  }

  private static <T> T gone() {
    throw new Fault(FaultCode.UNAVAILABLE, "the client has left before there was a result");
  }

  public Caller caller() {
    return caller;
  }

  /// A variable of the route's path.
  public String path(String name) {
    String value = context.pathParam(name);
    if (value == null) {
      throw new IllegalStateException("no path variable " + name);
    }
    return value;
  }

  /// The path variable `id` as a device id, which is what the request is about from now on. What
  /// can't be one is answered as unknown.
  public DeviceId deviceId() {
    return deviceId(path("id"));
  }

  /// As [#deviceId()], for an id that stands elsewhere in the request.
  public DeviceId deviceId(String text) {
    if (!DeviceId.isValid(text)) {
      throw Fault.notFound("device", text);
    }
    DeviceId id = new DeviceId(text);
    LogContext.aboutDevice(id);
    return id;
  }

  /// The first value of a query parameter.
  public Optional<String> query(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /// All values of a query parameter, in order.
  public List<String> queries(String name) {
    return query.getAll(name);
  }

  /// A query parameter that is `true` or `false`.
  public boolean queryFlag(String name, boolean usual) {
    String text = query(name).orElse(Boolean.toString(usual));
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw Fault.invalid(name, text, "true or false");
    };
  }

  /// A query parameter that is a whole number between two bounds.
  public Optional<Integer> queryNumber(String name, int min, int max) {
    return query(name)
        .map(text -> {
          try {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
              return value;
            }
          } catch (NumberFormatException e) {
            // Told below, with the bounds.
          }
          throw Fault.invalid(name, text, min + ".." + max);
        });
  }

  /// A query parameter that is a number of bytes.
  public Optional<Long> queryBytes(String name) {
    return query(name)
        .map(text -> {
          if (!text.matches("[0-9]{1,18}")) {
            throw Fault.invalid(name, text, "a number of bytes");
          }
          return Long.parseLong(text);
        });
  }

  /// Whether the caller is on this machine.
  public boolean isLocal() {
    return context.clientAddress().isLoopbackAddress();
  }

  /// The URL by which the caller says it reached this server; absent when it makes no sense.
  Optional<String> reachedAt() {
    String scheme = context.sessionProtocol().isTls() ? "https" : "http";
    try {
      URI url = new URI(scheme, request.authority(), null, null, null).parseServerAuthority();
      return Optional.ofNullable(url.getHost()).map(host -> url.toString());
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /// Under what name the caller's address is counted.
  public String site() {
    return AddressBlock.site(context.clientAddress());
  }

  /// Counts the request against what one device may ask for.
  ///
  /// @throws Fault RESOURCE_EXHAUSTED
  public void countAsDevice(String name) {
    limits.countDevice(context, name);
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(request.headers().get(name));
  }

  /// The body as bytes, which of a route that streams it come as they are read.
  public InputStream body() {
    return body;
  }

  /// How long the body is, when the request says so.
  public Optional<Long> bodyLength() {
    long length = context.request().headers().contentLength();
    return length < 0 ? Optional.empty() : Optional.of(length);
  }

  /// The body, which must be a JSON object; `{}` when there is none and `optional`.
  public JsonBody json(boolean optional) {
    Optional<String> given = header("content-type");
    MediaType type = request.contentType(); // null also for what can't be read
    if (given.isPresent() && !request.content().isEmpty() && (type == null || !type.isJson())) {
      Fault fault = Fault.invalid("Content-Type", given.get(), "application/json");
      throw new Fault(
          fault.code(), fault.getMessage(), Map.of(Fault.REASON, "unsupported_media_type"));
    }
    return JsonBody.parse(request.content().array(), optional);
  }

  public JsonBody json() {
    return json(false);
  }
}
