package muster.api.agentbot;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import muster.auth.Caller;
import muster.device.Device;
import muster.device.Devices;
import muster.filter.Filter;
import muster.filter.Order;
import muster.http.BodyWriter;
import muster.http.Reply;
import muster.page.Page;
import muster.page.PageRequest;

/// All devices of a kind as a JSON array, read and written page by page: no fleet is too large for
/// it.
public final class DeviceArray {
  private static final int PAGE = 500;

  private final Devices devices;
  private final Caller caller;

  public DeviceArray(Devices devices, Caller caller) {
    this.devices = devices;
    this.caller = caller;
  }

  public void write(BodyWriter out, Filter filter, Order order, Function<Device, Object> json) {
    String before = "[";
    for (Iterator<List<Device>> pages = pages(filter, order); pages.hasNext(); ) {
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
  public Iterator<List<Device>> pages(Filter filter, Order order) {
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
