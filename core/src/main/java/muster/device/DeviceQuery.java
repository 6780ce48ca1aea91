package muster.device;

import muster.filter.Filter;
import muster.filter.Order;
import muster.page.PageRequest;

/// Which devices, in which order, and which part of that list.
public record DeviceQuery(Filter filter, Order order, PageRequest page) {
  /// Every device, by id.
  public static final DeviceQuery ALL = new DeviceQuery(Filter.ALL, Order.BY_ID, PageRequest.ALL);
}
