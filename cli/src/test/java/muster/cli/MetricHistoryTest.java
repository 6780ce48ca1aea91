package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class MetricHistoryTest {
  private static final String GET = "/fleetd.v1.AnalyticsService/GetMetrics";

  /// The first hour and the third, of three, and numbers that are 0 left out.
  private static final String ANSWER =
      """
      {"series":[
        {"name":"cpu_usage","unit":"percent","points":[
          {"timestamp":"2026-04-15T12:00:00Z","value":50},
          {"timestamp":"2026-04-15T14:00:00Z","value":100}]},
        {"name":"network_bytes_sent","unit":"bytes/s","points":[
          {"timestamp":"2026-04-15T12:00:00Z"},
          {"timestamp":"2026-04-15T13:00:00Z","value":2048}]}],
       "summary":{"startTime":"2026-04-15T12:33:00Z","endTime":"2026-04-15T14:33:00Z",
        "stats":{
          "cpu_usage":{"count":"9","avg":61.25,"min":50,"max":100,"last":99.96},
          "network_bytes_sent":{"count":"2","avg":1024,"max":2048}}}}
      """;

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
    server.on("POST " + GET, ANSWER);
    return Cli.run(server, terminal, args);
  }

  private JsonNode asked() {
    return server.only("POST", GET).json();
  }

  @Test
  void ofADevice_isALineForEachMetric() {
    terminal.asTerminal(80);

    Cli run = run("metrics", "web-1", "--since", "2h", "--every", "1h");

    assertThat(run.out())
        .isEqualTo(
            """
            METRIC              MEAN       HIGH       LAST     TREND
            cpu_usage           61.3 %     100.0 %    100.0 %  ▅ █
            network_bytes_sent  1.0 KiB/s  2.0 KiB/s  0 B/s    ▁█
            """);
    assertThat(asked().at("/labels/device_id").asText()).isEqualTo("dev_1");
    assertThat(asked().path("start_time").asText()).isEqualTo("2026-04-15T12:33:00Z");
    assertThat(asked().path("interval").asText()).isEqualTo("3600s");
    assertThat(asked().path("metric_names")).hasSize(7);
    assertThat(asked().has("end_time")).isFalse();
  }

  @Test
  void forPrograms_isCompleteAndInPlainNumbers() {
    assertThat(run("metrics", "web-1", "--since", "2h", "--every", "1h").out())
        .isEqualTo(
            """
            METRIC\tMEAN\tHIGH\tLAST\tTREND
            cpu_usage\t61.25\t100.0\t99.96\t▅ █
            network_bytes_sent\t1024.0\t2048.0\t0.0\t▁█
            """);
  }

  @Test
  void ofTheFleet_takesWhatIsAskedFor() {
    run(
        "metrics",
        "--since",
        "2026-04-01T00:00:00Z",
        "--until",
        "2026-04-08T00:00:00Z",
        "--metric",
        "device_online_count",
        "--as",
        "p95",
        "--label",
        "tag=prod",
        "--json");

    assertThat(asked())
        .hasToString(
            "{\"start_time\":\"2026-04-01T00:00:00Z\",\"interval\":\"10260s\","
                + "\"metric_names\":[\"device_online_count\"],"
                + "\"end_time\":\"2026-04-08T00:00:00Z\",\"aggregation\":\"p95\","
                + "\"labels\":{\"tag\":\"prod\"}}");
  }

  @Test
  void trend_hasAPlaceForEachColumnThatIsLeft() {
    terminal.asTerminal(80);
    run("metrics", "--since", "19h");
    assertThat(asked().path("interval").asText()).isEqualTo("3600s");
  }

  @Test
  void point_isOfAMinuteAtLeast() {
    run("metrics", "--since", "2m");
    assertThat(asked().path("interval").asText()).isEqualTo("60s");
  }

  @Test
  void nothingMeasured_isSaid() {
    server.on("POST " + GET, "{\"summary\":{\"startTime\":\"2026-04-15T12:33:00Z\"}}");

    assertThat(Cli.run(server, terminal, "metrics", "--since", "1h").err())
        .isEqualTo("muster: there are no samples of that time\n");
  }

  @Test
  void optionsOfThePast_wantItsTime() {
    Cli late = run("metrics", "web-1", "--as", "max");
    assertThat(late.exit()).isEqualTo(Exit.USAGE);
    assertThat(late.err()).contains("--as goes with --since");
  }

  @Test
  void nobodyNamed_liveIsRefused() {
    Cli nobody = run("metrics");
    assertThat(nobody.exit()).isEqualTo(Exit.USAGE);
    assertThat(nobody.err()).contains("name a device, or a time with --since");
  }
}
