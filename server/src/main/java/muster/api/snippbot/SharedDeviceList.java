package muster.api.snippbot;

import com.linecorp.armeria.common.MediaType;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import muster.api.agentbot.AgentbotApi;
import muster.api.agentbot.DeviceArray;
import muster.auth.Caller;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.filter.Op;
import muster.filter.Order;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// `GET /api/devices`, which two pages define (C01). Bare, the answer satisfies both: Snippbot's
/// `devices` and `total`, Agentbot's `pending` and `approved`, all devices in each, written part by
/// part. With any of Snippbot's parameters it is Snippbot's alone; `view=list` and `view=grouped`
/// force one.
public final class SharedDeviceList {
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
    long total = devices.total(call.caller(), filter);
    List<SnippbotJson.DeviceJson> shown = new ArrayList<>();
    int passed = 0;
    Iterator<List<Device>> pages =
        new DeviceArray(devices, call.caller()).pages(filter, Order.BY_ID);
    while (offset < total && shown.size() < limit && pages.hasNext()) {
      List<Device> page = pages.next();
      page.stream()
          .skip(Math.max(0, offset - passed))
          .limit(limit - shown.size())
          .forEach(device -> shown.add(snippbotDevice(device)));
      passed += page.size();
    }
    return Reply.ok(new ListJson(shown, total));
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
    long total = devices.total(caller, Filter.ALL);
    return Reply.stream(
        MediaType.JSON_UTF_8,
        out -> {
          DeviceArray all = new DeviceArray(devices, caller);
          out.write("{");
          if (both) {
            out.write("\"devices\":");
            all.write(out, Filter.ALL, Order.BY_ID, this::snippbotDevice);
            out.write(String.format(Locale.ROOT, ",\"total\":%d,", total));
          }
          AgentbotApi.writeLists(out, all);
          out.write("}");
        });
  }

  private SnippbotJson.DeviceJson snippbotDevice(Device device) {
    return SnippbotJson.device(device, clock.instant());
  }
}
