package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The page's filters, orders and pages over a fleet of six.
class FleetdFilterTest {
  /// Not those of [#pages_underWrites].
  private static final String OF_SIX = "NOT metadata.fleet:paged";

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    device("pi-1", "raspberry-pi", "Linux", "attic", 85, 95);
    device("pi-2", "raspberry-pi", "Linux", "a b:c", 10, 20);
    device("esp-1", "esp32", "FreeRTOS", "attic", 50, 95);
    device("srv-1", "server", "Linux", "cellar", 99, 91);
    device("srv-2", "server", "Windows", "cellar", -1, -1);
    device("odd", "", "", "", -1, -1);
  }

  private static void device(
      String id, String type, String os, String location, double cpu, double memory) {
    Map<String, Object> message = new HashMap<>();
    message.put("device_id", id);
    message.put("device_type", type);
    message.put("system_info", Map.of("os", os));
    message.put("metadata", location.isEmpty() ? Map.of() : Map.of("location", location));
    String key = Rpc.call(muster.admin(), "RegisterDevice", message).expect(200).text("apiKey");
    if (cpu >= 0) {
      Rpc.call(
              muster.client(key),
              "Heartbeat",
              Map.of(
                  "device_id", id, "stats", Map.of("cpu_percent", cpu, "memory_percent", memory)))
          .expect(200);
    }
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static List<String> ids(Map<String, ?> request) {
    List<String> ids = new ArrayList<>();
    Rpc.call(muster.admin(), "ListDevices", request)
        .expect(200)
        .at("devices")
        .forEach(device -> ids.add(device.path("id").asText()));
    return ids;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type:raspberry-pi | pi-1 pi-2",
        "status:online | esp-1 pi-1 pi-2 srv-1",
        "metadata.location:\"a b:c\" | pi-2",
        "type:raspberry-pi,esp32 | esp-1 pi-1 pi-2",
        "last_seen:>2024-01-01 | esp-1 pi-1 pi-2 srv-1",
        "last_seen:<2024-01-01 |",
        "cpu_usage:>80 AND memory_usage:>90 | pi-1 srv-1",
        "cpu_usage:<50 | pi-2",
        "cpu_usage:>=50 | esp-1 pi-1 srv-1",
        "id:pi* | pi-1 pi-2",
        "id:*-1 | esp-1 pi-1 srv-1",
        "id:*r* | srv-1 srv-2",
        "NOT status:offline | esp-1 pi-1 pi-2 srv-1",
        "NOT type:server | esp-1 odd pi-1 pi-2",
        "type:esp32 OR type:server AND metadata.location:attic | esp-1",
        "(type:esp32 OR type:server) AND metadata.location:cellar | srv-1 srv-2",
        "system_info.os:linux | pi-1 pi-2 srv-1"
      })
  @Tag("F111")
  @Tag("F112")
  @Tag("F113")
  @Tag("F114")
  @Tag("F115")
  @Tag("F116")
  @DisplayName("F111-F116: each form of filter finds what it says")
  void filter_finds(String filter, String expected) {
    List<String> wanted = expected == null ? List.of() : List.of(expected.split(" "));
    String ofSix = "(%s) AND %s".formatted(filter, OF_SIX);
    assertThat(ids(Map.of("filter", ofSix, "order_by", "id"))).isEqualTo(wanted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id DESC | srv-2 srv-1 pi-2 pi-1 odd esp-1",
        "type, id DESC | esp-1 pi-2 pi-1 srv-2 srv-1 odd",
        "cpu_usage DESC, memory_usage DESC | srv-1 pi-1 esp-1 pi-2 odd srv-2"
      })
  @Tag("F117")
  @DisplayName("F117: orders by one key or several, what is absent last")
  void order_sorts(String order, String expected) {
    List<String> found = ids(Map.of("filter", OF_SIX, "order_by", order));
    if (order.startsWith("cpu")) {
      assertThat(found.subList(0, 4)).isEqualTo(List.of(expected.split(" ")).subList(0, 4));
    } else {
      assertThat(found).isEqualTo(List.of(expected.split(" ")));
    }
  }

  @Test
  @Tag("F110")
  @DisplayName("F110: pages hold each device that stays once, whatever comes and goes meanwhile")
  void pages_underWrites() throws InterruptedException {
    Random random = new Random(7);
    List<String> stay = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String id = "stay-%03d".formatted(random.nextInt(1000) * 40 + i);
      stay.add(id);
      Rpc.call(
              muster.admin(),
              "RegisterDevice",
              Map.of("device_id", id, "metadata", Map.of("fleet", "paged")))
          .expect(200);
    }
    AtomicBoolean done = new AtomicBoolean();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Thread churn =
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int i = 0; !done.get(); i++) {
                  String id = "churn-" + i;
                  Rpc.call(
                          muster.admin(),
                          "RegisterDevice",
                          Map.of("device_id", id, "metadata", Map.of("fleet", "paged")))
                      .expect(200);
                  Rpc.call(muster.admin(), "DeleteDevice", Map.of("device_id", id)).expect(200);
                }
              } catch (RuntimeException | AssertionError e) {
                failures.add(e);
              }
            });
    for (int round = 0; round < 5; round++) {
      List<String> seen = new ArrayList<>();
      String token = "";
      do {
        TestReply page =
            Rpc.call(
                    muster.admin(),
                    "ListDevices",
                    Map.of(
                        "page_size",
                        7,
                        "page_token",
                        token,
                        "filter",
                        "metadata.fleet:paged",
                        "order_by",
                        "id"))
                .expect(200);
        page.at("devices").forEach(device -> seen.add(device.path("id").asText()));
        token = page.at("nextPageToken").asText("");
      } while (!token.isEmpty());
      assertThat(seen).doesNotHaveDuplicates().isSortedAccordingTo(Comparator.naturalOrder());
      assertThat(seen).containsAll(stay);
    }
    done.set(true);
    churn.join();
    assertThat(failures).isEmpty();
  }
}
