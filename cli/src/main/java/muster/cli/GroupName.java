package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/// The first parameter of commands on a group: its name or its id.
final class GroupName {
  static final String PATH = "/api/device-groups";

  /// The most members that the server gives at once.
  private static final int PAGE = 1000;

  @Parameters(index = "0", paramLabel = "<group>", description = "The group's name or id.")
  private String name = "";

  /// As it was typed.
  String typed() {
    return name;
  }

  /// By id, else by its exact name; without its members.
  Optional<JsonNode> find(Api api) {
    for (JsonNode group : api.get(PATH).path("groups")) {
      if (Json.text(group, "id").equals(name) || Json.text(group, "name").equals(name)) {
        return Optional.of(group);
      }
    }
    return Optional.empty();
  }

  JsonNode resolve(Api api) {
    return find(api).orElseThrow(() -> new Failure(Exit.NOT_FOUND, "no group " + name));
  }

  /// With all its members.
  static JsonNode whole(Api api, JsonNode group) {
    ObjectNode whole = page(api, group, 0);
    ArrayNode members = whole.withArray("members");
    int came = members.size();
    while (came == PAGE) {
      ArrayNode next = page(api, group, members.size()).withArray("members");
      came = next.size();
      members.addAll(next);
    }
    return whole;
  }

  private static ObjectNode page(Api api, JsonNode group, int offset) {
    return (ObjectNode) api.get(path(group) + new Query().add("limit", PAGE).add("offset", offset));
  }

  static String path(JsonNode group) {
    return PATH + "/" + Query.encoded(Json.text(group, "id"));
  }
}
