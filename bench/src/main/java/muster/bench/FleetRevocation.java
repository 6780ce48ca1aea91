package muster.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import muster.simulator.Api;
import muster.simulator.Scenario;
import muster.simulator.Truth;

/// How long a device whose credential dies stays connected: from the request that deletes it to the
/// moment its end of the connection is closed.
final class FleetRevocation {
  private static final int REVOKED = 300;

  private FleetRevocation() {}

  static void run(int devices) throws Exception {
    try (FleetRun run =
        FleetRun.start("bench/run revocation " + devices, devices, Scenario.calm(1), false)) {
      run.connect(0, devices);
      Api api = run.api();
      List<String> ids = run.simulation().ids();
      int count = Math.min(REVOKED, devices);
      long[] cut = new long[count];
      for (int i = 0; i < count; i++) {
        Truth truth = run.simulation().truth(ids.get(i));
        long began = System.nanoTime();
        Thread request = Thread.ofVirtual().start(() -> delete(api, truth.device()));
        while (truth.isUp()) {
          TimeUnit.MICROSECONDS.sleep(200);
        }
        cut[i] = System.nanoTime() - began;
        request.join();
      }
      Load.Figures figures = Load.Figures.of(cut, 1);
      FleetRun.print(
          "deleted to cut, %,d connected".formatted(devices),
          "p50 %.1f ms, p99 %.1f ms, %d one after the other",
          figures.p50Millis(),
          figures.p99Millis(),
          count);
    }
  }

  private static void delete(Api api, String device) {
    try {
      api.delete("/v1/devices/" + device);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
