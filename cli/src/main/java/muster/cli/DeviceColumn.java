package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The column of a table that says which device a row is about (its `device_id`): programs read the
/// id, people the name.
///
/// @param names by id
record DeviceColumn(Map<String, String> names) {
  /// As many as a filter of 2,048 bytes has room for.
  private static final int IDS_AT_ONCE = 50;

  static DeviceColumn of(Session session, JsonNode rows) {
    if (!session.terminal().outIsTerminal()) {
      return new DeviceColumn(Map.of());
    }
    Set<String> distinct = new LinkedHashSet<>();
    rows.forEach(row -> distinct.add(Json.text(row, "device_id")));
    List<String> ids = new ArrayList<>(distinct);
    Map<String, String> names = new HashMap<>();
    for (int from = 0; from < ids.size(); from += IDS_AT_ONCE) {
      List<String> some = ids.subList(from, Math.min(from + IDS_AT_ONCE, ids.size()));
      Query query =
          new Query().add("filter", "id:" + String.join(",", some)).add("limit", IDS_AT_ONCE);
      for (JsonNode device : session.api().get("/v1/devices" + query).path("devices")) {
        names.put(Json.text(device, "id"), Json.text(device, "name"));
      }
    }
    return new DeviceColumn(names);
  }

  /// The id for people, too, when the device is deleted.
  Cell cell(JsonNode row) {
    String id = Json.text(row, "device_id");
    return new Cell(id, names.getOrDefault(id, id), 0);
  }
}
