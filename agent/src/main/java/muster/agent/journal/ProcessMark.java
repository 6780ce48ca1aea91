package muster.agent.journal;

import muster.wire.JsonObject;

/// What tells one process from every other that ever had its id on this host.
///
/// @param pid also the id of its process group and session
/// @param startTicks since boot, field 22 of `/proc/PID/stat`
/// @param bootId of the boot it belongs to; empty when unknown
public record ProcessMark(long pid, long startTicks, String bootId) {
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("pid", pid)
        .put("start_ticks", startTicks)
        .put("boot_id", bootId)
        .build();
  }

  public static ProcessMark fromJson(JsonObject json) {
    return new ProcessMark(
        json.integer("pid"), json.integer("start_ticks"), json.string("boot_id"));
  }
}
