package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Finds the device that a person means: by id, else by its exact name.
final class DeviceNames {
  private static final int SUGGESTIONS = 3;

  private final Api api;

  DeviceNames(Api api) {
    this.api = api;
  }

  /// The device as the server describes it. The server's own ids say what they are; others look
  /// like names, so they come second.
  JsonNode resolve(String nameOrId) {
    Optional<JsonNode> byId = nameOrId.startsWith("dev_") ? withId(nameOrId) : Optional.empty();
    return byId.or(() -> named(nameOrId))
        .or(() -> nameOrId.startsWith("dev_") ? Optional.empty() : withId(nameOrId))
        .orElseThrow(
            () -> new Failure(Exit.NOT_FOUND, "no device " + nameOrId + suggestion(nameOrId)));
  }

  /// As [#resolve], with what a list leaves out.
  JsonNode describe(String nameOrId) {
    JsonNode found = resolve(nameOrId);
    boolean fromList = !Json.text(found, "id").equals(nameOrId);
    return fromList ? api.get(path(found)) : found;
  }

  private Optional<JsonNode> withId(String id) {
    try {
      // Some paths below the list are not devices, as enrollment.
      return Optional.of(api.get(path(id))).filter(found -> Json.text(found, "id").equals(id));
    } catch (ApiException e) {
      if (e.status() == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Optional<JsonNode> named(String name) {
    List<JsonNode> exact = new ArrayList<>();
    for (JsonNode device : find(new Query().add("filter", "name:" + quoted(name)))) {
      if (Json.text(device, "name").equals(name)) {
        exact.add(device);
      }
    }
    if (exact.size() > 1) {
      throw new Failure(
          Exit.FAILURE,
          exact.size() + " devices are called " + name + "; give the id: " + ids(exact));
    }
    return exact.stream().findFirst();
  }

  static String path(JsonNode device) {
    return path(Json.text(device, "id"));
  }

  private static String path(String id) {
    return "/v1/devices/" + Query.encoded(id);
  }

  /// A literal of the filter language; inside quotes only these two have a meaning.
  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private JsonNode find(Query query) {
    return api.get("/v1/devices" + query).path("devices");
  }

  private static String ids(List<JsonNode> devices) {
    return String.join(", ", devices.stream().map(device -> Json.text(device, "id")).toList());
  }

  private String suggestion(String name) {
    List<String> near = near(name);
    return near.isEmpty()
        ? "; muster devices lists them"
        : "; did you mean " + String.join(" or ", near) + "?";
  }

  /// Similar names, closest first: among those that share the start, else among the first page.
  private List<String> near(String name) {
    int start = name.offsetByCodePoints(0, Math.min(3, name.codePointCount(0, name.length())));
    List<String> near = near(name, new Query().add("search", name.substring(0, start)));
    return near.isEmpty() ? near(name, new Query()) : near;
  }

  private List<String> near(String name, Query among) {
    String wanted = name.toLowerCase(Locale.ROOT);
    Map<String, Integer> distances = new HashMap<>();
    for (JsonNode device : find(among.add("limit", 1000))) {
      String found = Json.text(device, "name");
      distances.put(found, Text.distance(wanted, found.toLowerCase(Locale.ROOT)));
    }
    return distances.entrySet().stream()
        .filter(found -> found.getValue() <= Math.max(2, name.length() / 3))
        .sorted(
            Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .limit(SUGGESTIONS)
        .map(Map.Entry::getKey)
        .toList();
  }
}
