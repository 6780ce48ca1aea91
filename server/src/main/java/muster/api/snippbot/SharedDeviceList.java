package muster.api.snippbot;

import com.linecorp.armeria.common.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import muster.api.agentbot.AgentbotApi;
import muster.api.agentbot.AgentbotJson;
import muster.auth.Caller;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.filter.Op;
import muster.filter.Order;
import muster.http.BodyWriter;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.page.Page;
import muster.page.PageRequest;

/// `GET /api/devices`, which two pages define (C01). Bare, the answer satisfies both: Snippbot's
/// `devices` and `total`, Agentbot's `pending` and `approved`, all devices in each, written part by
/// part. With any of Snippbot's parameters it is Snippbot's alone; `view=list` and `view=grouped`
/// force one.
public final class SharedDeviceList {
  private static final int PAGE = 500;
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 500;
  private static final int MAX_OFFSET = 10_000_000;

  private final Devices devices;
  private final InstantSource clock;

  public SharedDeviceList(Devices devices, InstantSource clock) {
    this.devices = devices;
    this.clock = clock;
  }

  public List<Route> routes() {
    return new Routes(new SnippbotFaults()).stream("/api/devices", this::list).list();
  }

  private Reply list(Call call) {
    boolean paged =
        !call.queries("status").isEmpty()
            || call.query("limit").isPresent()
            || call.query("offset").isPresent();
    String view = call.query("view").orElse(paged ? "list" : "both");
    return switch (view) {
      case "list" -> snippbot(call);
      case "grouped" -> written(call.caller(), false);
      case "both" -> written(call.caller(), true);
      default -> throw Fault.invalid("view", view, "list or grouped");
    };
  }

  private record ListJson(List<SnippbotJson.DeviceJson> devices, long total) {}

  private Reply snippbot(Call call) {
    Filter filter = status(call);
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
    int offset = call.queryNumber("offset", 0, MAX_OFFSET).orElse(0);
    List<SnippbotJson.DeviceJson> shown = new ArrayList<>();
    int passed = 0;
    Iterator<List<Device>> pages = pages(call.caller(), filter, Order.BY_ID);
    while (shown.size() < limit && pages.hasNext()) {
      List<Device> page = pages.next();
      page.stream()
          .skip(Math.max(0, offset - passed))
          .limit(limit - shown.size())
          .forEach(device -> shown.add(snippbotDevice(device)));
      passed += page.size();
    }
    return Reply.ok(new ListJson(shown, devices.count(call.caller(), filter).total()));
  }

  /// One of the words, or several with commas (F026).
  private static Filter status(Call call) {
    List<Filter> words = new ArrayList<>();
    for (String list : call.queries("status")) {
      for (String word : list.split(",", -1)) {
        words.add(DeviceFields.SCHEMA.term("approval", Op.EQ, approval(word).word()));
      }
    }
    return words.isEmpty() ? Filter.ALL : Filter.or(words.toArray(Filter[]::new));
  }

  private static Approval approval(String word) {
    for (Approval approval : Approval.values()) {
      if (approval.word().equals(word)) {
        return approval;
      }
    }
    throw Fault.invalid("status", word, "approved, pending, blocked, revoked or denied");
  }

  private Reply written(Caller caller, boolean both) {
    long total = devices.count(caller).total();
    return Reply.stream(
        MediaType.JSON_UTF_8,
        out -> {
          out.write("{");
          if (both) {
            out.write("\"devices\":");
            array(out, caller, Filter.ALL, Order.BY_ID, this::snippbotDevice);
            out.write(String.format(Locale.ROOT, ",\"total\":%d,", total));
          }
          out.write("\"pending\":");
          Order order = AgentbotApi.NEWEST_FIRST;
          array(out, caller, AgentbotApi.PENDING, order, AgentbotJson::device);
          out.write(",\"approved\":");
          array(out, caller, AgentbotApi.APPROVED, order, AgentbotJson::device);
          out.write("}");
        });
  }

  private SnippbotJson.DeviceJson snippbotDevice(Device device) {
    return SnippbotJson.device(device, clock.instant());
  }

  private void array(
      BodyWriter out, Caller caller, Filter filter, Order order, Function<Device, Object> json) {
    String before = "[";
    for (Iterator<List<Device>> pages = pages(caller, filter, order); pages.hasNext(); ) {
      StringBuilder part = new StringBuilder();
      for (Device device : pages.next()) {
        part.append(before)
            .append(new String(Reply.bytes(json.apply(device)), StandardCharsets.UTF_8));
        before = ",";
      }
      out.write(part.toString());
    }
    out.write(before.equals("[") ? "[]" : "]");
  }

  /// At least one page, the last of them the only one that may be empty.
  private Iterator<List<Device>> pages(Caller caller, Filter filter, Order order) {
    return new Iterator<>() {
      private Optional<PageRequest> next = Optional.of(PageRequest.first(PAGE));

      @Override
      public boolean hasNext() {
        return next.isPresent();
      }

      @Override
      public List<Device> next() {
        Page<Device> page = devices.walk(caller, filter, order, next.orElseThrow());
        next = page.next().map(cursor -> new PageRequest(PAGE, Optional.of(cursor)));
        return page.items();
      }
    };
  }
}
