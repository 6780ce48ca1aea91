package muster.bench;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import muster.simulator.Api;
import muster.simulator.Scenario;
import muster.simulator.Simulation;

/// A command on every member of a group, beside ssh to this machine as often and as many at a time.
/// The virtual devices start no process for it, the ssh server one for each.
final class FleetGroup {
  private static final int AT_ONCE = 50;
  private static final String ECHO =
      "{\"tool\":\"bash\",\"args\":{\"argv\":[\"echo\",\"x\"]},\"parallel\":%d}";

  private final FleetRun run;
  private final Api api;
  private final String group;

  private FleetGroup(FleetRun run, String group) {
    this.run = run;
    this.api = run.api();
    this.group = group;
  }

  static void run(int devices) throws Exception {
    try (FleetRun run =
        FleetRun.start("bench/run group " + devices, devices, Scenario.calm(1), false)) {
      run.connect(0, devices);
      String group = run.api().post("/api/device-groups", "{\"name\":\"all\"}").string("id");
      FleetGroup bench = new FleetGroup(run, group);
      bench.join();
      bench.execute(devices, AT_ONCE);
      bench.execute(devices, AT_ONCE);
      bench.execute(devices, devices);
    }
    try (Ssh ssh = Ssh.start()) {
      ssh.echo(AT_ONCE, AT_ONCE);
      double seconds = ssh.echo(devices, AT_ONCE);
      FleetRun.print(
          "ssh to this machine, %d at a time".formatted(AT_ONCE),
          "%,d ended after %.1f s: %,.0f/s",
          devices,
          seconds,
          devices / seconds);
    }
  }

  private void join() throws InterruptedException {
    Semaphore room = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String device : run.simulation().ids()) {
        room.acquire();
        threads.execute(() -> {
          try {
            api.post("/api/device-groups/%s/members/%s".formatted(group, device), "{}");
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          } finally {
            room.release();
          }
        });
      }
    }
  }

  private void execute(int devices, int parallel) throws Exception {
    Simulation simulation = run.simulation();
    long before = simulation.totals().started();
    long began = System.nanoTime();
    String[] status = {""};
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                status[0] =
                    api.post(
                            "/api/device-groups/%s/execute".formatted(group),
                            ECHO.formatted(parallel))
                        .string("status");
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    while (simulation.totals().started() - before < devices) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    double started = (System.nanoTime() - began) / 1e9;
    caller.join();
    double ended = (System.nanoTime() - began) / 1e9;
    FleetRun.print(
        "a group of %,d, %,d at a time".formatted(devices, parallel),
        "all started after %.1f s, %s after %.1f s: %,.0f/s; at most %,d at once so far",
        started,
        status[0],
        ended,
        devices / ended,
        simulation.totals().mostRunning());
  }
}
