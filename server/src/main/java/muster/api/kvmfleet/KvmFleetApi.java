package muster.api.kvmfleet;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.Device;
import muster.device.DeviceChange;
import muster.device.DeviceFacts;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.enrollment.Enrollments;
import muster.enrollment.Machine;
import muster.enrollment.Registered;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.filter.FilterException;
import muster.filter.Op;
import muster.filter.Order;
import muster.http.BodyWriter;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.PublicUrl;
import muster.http.RateLimiter;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.page.Page;
import muster.page.PageRequest;
import muster.wire.Facts;
import muster.wire.FieldException;
import muster.wire.JsonObject;
import muster.wire.RegisterReply;
import muster.wire.RegisterRequest;

/// KVM Fleet's Devices API (rows F001–F022).
public final class KvmFleetApi {
  private static final int MAX_SEARCH = 200;
  private static final int MAX_TAGS = 20;
  private static final int WALK_PAGE = 500;
  private static final int REGISTER_BODY = 16 * 1024;

  private final Devices devices;
  private final Enrollments enrollments;
  private final PublicUrl publicUrl;
  private final InstallFiles install;
  private final InstantSource clock;
  private final RateLimiter failedRegistrations;

  public KvmFleetApi(
      Devices devices,
      Enrollments enrollments,
      PublicUrl publicUrl,
      InstallFiles install,
      InstantSource clock) {
    this.devices = devices;
    this.enrollments = enrollments;
    this.publicUrl = publicUrl;
    this.install = install;
    this.clock = clock;
    this.failedRegistrations = new RateLimiter(60, Duration.ofMinutes(1), clock);
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
        .get("/v1/devices", this::list)
        .get("/v1/devices/{id}", this::get)
        .patch("/v1/devices/{id}", this::update)
        .delete("/v1/devices/{id}", this::delete)
        .get("/v1/devices/enrollment", this::openTokens)
        .post("/v1/devices/enrollment", this::createToken)
        .delete("/v1/devices/enrollment/{id}", this::deleteToken)
        .open(
            HttpMethod.POST, "/v1/agent/register", Route.Kind.ENROL, REGISTER_BODY, this::register)
        .open("/install", this::installScript)
        .open("/install/agent.jar", this::agentJar)
        .open("/install/ca.pem", this::caCertificate)
        .list();
  }

  private Reply list(Call call) {
    Filter filter = filter(call);
    Order order = call.query("order_by").map(DeviceFields::order).orElse(DeviceFields.BY_NAME);
    Optional<Integer> limit = call.queryNumber("limit", 1, 1000);
    if (limit.isEmpty()) {
      return everything(call.caller(), filter, order);
    }
    Devices.Listing listing =
        devices.list(call.caller(), filter, order, limit.get(), call.query("cursor"));
    Instant now = clock.instant();
    return Reply.ok(
        new KvmFleetJson.DeviceList(
            listing.page().items().stream().map(d -> KvmFleetJson.device(d, now)).toList(),
            listing.next().orElse(null)));
  }

  /// The page has no paging, so without `limit` the answer is all that match (F003). It is written
  /// part by part; no more than one part is in memory.
  private Reply everything(Caller caller, Filter filter, Order order) {
    Page<Device> first =
        devices.walk(caller, filter, order, new PageRequest(WALK_PAGE, Optional.empty()));
    if (first.next().isEmpty()) {
      Instant now = clock.instant();
      return Reply.ok(
          new KvmFleetJson.DeviceList(
              first.items().stream().map(d -> KvmFleetJson.device(d, now)).toList(), null));
    }
    return Reply.stream(MediaType.JSON_UTF_8, out -> writeAll(out, caller, filter, order, first));
  }

  private void writeAll(
      BodyWriter out, Caller caller, Filter filter, Order order, Page<Device> first) {
    Page<Device> page = first;
    String before = "{\"devices\":[";
    while (true) {
      Instant now = clock.instant();
      StringBuilder part = new StringBuilder();
      for (Device device : page.items()) {
        part.append(before)
            .append(
                new String(Reply.bytes(KvmFleetJson.device(device, now)), StandardCharsets.UTF_8));
        before = ",";
      }
      out.write(part.toString());
      if (page.next().isEmpty()) {
        out.write("]}");
        return;
      }
      page = devices.walk(caller, filter, order, new PageRequest(WALK_PAGE, page.next()));
    }
  }

  /// All of the page's three parameters and ours narrow the list (F004–F007).
  private static Filter filter(Call call) {
    List<Filter> parts = new ArrayList<>();
    List<String> statuses = call.queries("status");
    if (!statuses.isEmpty()) {
      parts.add(status(statuses));
    }
    List<String> tags = call.queries("tag");
    if (tags.size() > MAX_TAGS) {
      throw Fault.invalid("tag", tags.size() + " tags", "at most " + MAX_TAGS);
    }
    for (String tag : tags) {
      if (tag.isBlank()) {
        throw Fault.invalid("tag", tag, "a tag");
      }
      parts.add(term("tag", Op.EQ, tag));
    }
    call.query("search")
        .filter(text -> !text.isEmpty())
        .ifPresent(text -> {
          if (text.codePointCount(0, text.length()) > MAX_SEARCH) {
            throw Fault.invalid("search", text, "at most 200 characters");
          }
          parts.add(term("name", Op.CONTAINS, text));
        });
    call.query("filter").map(DeviceFields::filter).ifPresent(parts::add);
    return Filter.and(parts.toArray(Filter[]::new));
  }

  private static Filter status(List<String> words) {
    for (String word : words) {
      if (!word.equals("online") && !word.equals("offline")) {
        throw Fault.invalid("status", word, "online or offline");
      }
    }
    // Online is all that is not offline, so that the two words cover every device.
    Filter offline = DeviceFields.SCHEMA.term("status", Op.EQ, "offline");
    boolean on = words.contains("online");
    boolean off = words.contains("offline");
    return on && off ? Filter.ALL : on ? Filter.not(offline) : offline;
  }

  private static Filter term(String field, Op op, String value) {
    try {
      return DeviceFields.SCHEMA.term(field, op, value);
    } catch (FilterException e) {
      throw Fault.invalid(
          field.equals("name") ? "search" : field, value, "text without control characters");
    }
  }

  private Reply get(Call call) {
    return shown(devices.get(call.caller(), call.deviceId()));
  }

  private Reply update(Call call) {
    JsonBody body = call.json(true).only("name", "tags");
    Device device =
        devices.update(
            call.caller(),
            call.deviceId(),
            new DeviceChange(
                body.optText("name"),
                body.optTexts("tags"),
                Map.of(),
                call.header("if-match").flatMap(KvmFleetApi::versions)));
    return shown(device);
  }

  /// The versions of `If-Match` (F018). `*` is any; a weak tag is never the same.
  private static Optional<Set<String>> versions(String header) {
    if (header.strip().equals("*")) {
      return Optional.empty();
    }
    return Optional.of(
        Arrays.stream(header.split(","))
            .map(String::strip)
            .filter(tag -> tag.length() > 1 && tag.startsWith("\"") && tag.endsWith("\""))
            .map(tag -> tag.substring(1, tag.length() - 1))
            .collect(Collectors.toSet()));
  }

  private Reply shown(Device device) {
    return Reply.ok(KvmFleetJson.detail(device, clock.instant()))
        .with("etag", '"' + device.version() + '"');
  }

  private Reply delete(Call call) {
    devices.delete(call.caller(), call.deviceId());
    return Reply.noContent();
  }

  private Reply createToken(Call call) {
    JsonBody body = call.json(true).only("suggested_name", "suggested_tags");
    Optional<String> name = body.optText("suggested_name");
    List<String> tags = body.optTexts("suggested_tags").orElse(List.of());
    Access.require(call.caller(), Permission.DEVICE_REGISTER);
    String base = publicUrl.of(call);
    Enrollments.Created created = enrollments.create(call.caller(), name, tags);
    return Reply.ok(
        KvmFleetJson.created(
            created.enrollment(), created.token(), install.command(base, created.token())));
  }

  private Reply openTokens(Call call) {
    return Reply.ok(KvmFleetJson.open(enrollments.open(call.caller())));
  }

  private Reply deleteToken(Call call) {
    enrollments.delete(call.caller(), call.path("id"));
    return Reply.noContent();
  }

  private Reply register(Call call) {
    failedRegistrations
        .peek(call.site())
        .ifPresent(wait -> {
          throw new Fault(
              FaultCode.RESOURCE_EXHAUSTED,
              "too many failed registrations from this address",
              Map.of(
                  Fault.REASON,
                  "registrations",
                  Fault.RETRY_AFTER_SECONDS,
                  Long.toString(wait.toSeconds() + 1)));
        });
    RegisterRequest request = registerRequest(call.json());
    // By the address too, or a stranger could use up what a machine has whose id he knows.
    call.countAsDevice(call.site() + " " + request.hardwareId());
    String base = publicUrl.of(call); // first: a token must not be used up by an answer that fails
    Registered registered = registered(call, request);
    return Reply.ok(
        new RegisterReply(
                registered.device().id().value(),
                registered.token().text(),
                Optional.of(registered.device().name()),
                Optional.of("default"),
                PublicUrl.webSocket(base) + "/v1/agent/ws",
                Optional.of(PublicUrl.webSocket(base) + "/device/ws"))
            .toJson()
            .asMap());
  }

  /// What fails is counted by address: with a token that is good a fleet may join at any speed.
  private Registered registered(Call call, RegisterRequest request) {
    try {
      return enrollments.register(
          request.enrollmentToken(), machine(request), call.caller().origin());
    } catch (Fault fault) {
      failedRegistrations.take(call.site());
      throw fault;
    }
  }

  private static RegisterRequest registerRequest(JsonBody body) {
    try {
      return RegisterRequest.fromJson(JsonObject.of(body.asMap()));
    } catch (FieldException e) {
      throw new Fault(FaultCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
    }
  }

  private static Machine machine(RegisterRequest request) {
    Facts facts = request.facts();
    return new Machine(
        Optional.of(request.hardwareId()),
        request.name(),
        request.tags(),
        new DeviceFacts(
            request.hwKind(),
            facts.agentVersion(),
            facts.hostname(),
            facts.platform(),
            facts.architecture(),
            facts.osVersion(),
            List.of(),
            Optional.empty()));
  }

  private Reply installScript(Call call) {
    return Reply.text(
        MediaType.parse("text/x-shellscript; charset=utf-8"), install.script(publicUrl.of(call)));
  }

  private Reply agentJar(Call call) {
    return Reply.bytes(MediaType.parse("application/java-archive"), install.agentJar());
  }

  private Reply caCertificate(Call call) {
    return Reply.text(MediaType.parse("application/x-pem-file"), install.caPem());
  }
}
