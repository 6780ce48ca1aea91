package muster.cli;

/// Answers of the server, after the examples of docs/api.md.
final class Samples {
  static final String DEVICE =
      """
      {"id":"dev_1","name":"web-1","tags":["frankfurt","prod"],"status":"online",
       "device_type":"pikvm","agent_version":"0.4.2","last_seen":"2026-04-15T14:30:00Z",
       "health":{"uptime_seconds":864000,"cpu_percent":12.3,"memory_percent":45.1,
                 "disk_percent":38.1,"load_average":[0.4,0.3,0.3]},
       "hostname":"web-1","platform":"linux","architecture":"x86_64","os_version":"Debian 12",
       "ip":"127.0.0.1","approval":"approved","condition":"normal","capabilities":["bash"],
       "presence":{"state":"online","since":"2026-04-15T11:33:00Z",
                   "reason":"connected from 127.0.0.1"},
       "created_at":"2026-04-01T00:00:00Z"}\
      """;

  static final String OFFLINE =
      DEVICE
          .replace("\"status\":\"online\"", "\"status\":\"offline\"")
          .replace("\"state\":\"online\"", "\"state\":\"offline\"");

  static final String UNSEEN =
      """
      {"id":"dev_2","name":"db-1","tags":[],"status":"offline","device_type":"server",
       "agent_version":null,"last_seen":null,"health":null,
       "presence":{"state":"offline","since":null,"reason":"never connected"}}\
      """;

  static final String COMMAND =
      """
      {"id":"exec_1","device_id":"dev_1","tool":"bash","args":{"argv":["sh","-c","echo 'a b'"]},
       "status":"queued","exit_code":null,"error":null,"truncated":false,"duration_ms":null,
       "attempt":0,"requested_by":"key:bootstrap","timeout_seconds":300,
       "created_at":"2026-04-15T14:32:00Z","expires_at":"2026-04-16T14:32:00Z","sent_at":null,
       "started_at":null,"finished_at":null,"cancel_requested":false}\
      """;

  static String devices(String... devices) {
    return "{\"devices\":[" + String.join(",", devices) + "]}";
  }

  static String ended(String status, String more) {
    return COMMAND
        .replace("\n", "")
        .replace(
            "\"status\":\"queued\",\"exit_code\":null,\"error\":null",
            "\"status\":\"" + status + "\"," + more);
  }

  static FakeServer withDevice(String device) {
    return new FakeServer().on("GET /v1/devices", devices(device));
  }

  private Samples() {}
}
