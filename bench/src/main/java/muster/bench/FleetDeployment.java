package muster.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import muster.auth.Token;
import muster.simulator.Api;
import muster.simulator.Endpoint;
import muster.simulator.Scenario;

/// Deployments: what it takes to freeze who takes part, and how fast devices are through whose
/// installations take next to no time.
final class FleetDeployment {
  private static final String SERVICE = "/fleetd.v1.UpdateService/";
  private static final int PREVIEWS = 5;

  private FleetDeployment() {}

  private static String update(Api api, int number) throws IOException, InterruptedException {
    return api.post(
            SERVICE + "CreateUpdate",
            """
            {"name":"software","version":"%d","artifacts":[{"url":"https://updates.example/a",
             "checksum":"sha256:%s","size_bytes":1000}]}
            """
                .formatted(number, "ab".repeat(32)))
        .string("updateId");
  }

  private static String request(String update, String filter, int parallel) {
    return """
    {"update_id":"%s","device_filter":"%s",
     "config":{"strategy":"IMMEDIATE","max_parallel":%d,"offline_policy":"SKIP"}}
    """
        .formatted(update, filter, parallel);
  }

  static void run(int devices) throws Exception {
    try (FleetRun run =
        FleetRun.start("bench/run deployment " + devices, devices, Scenario.calm(1), false)) {
      run.connect(0, devices);
      int[] parallel = {50, 50, devices};
      for (int i = 0; i < parallel.length; i++) {
        roll(run, devices, parallel[i], update(run.api(), i));
      }
    }
  }

  private static void roll(FleetRun run, int devices, int parallel, String update)
      throws IOException, InterruptedException {
    Api api = run.api();
    long began = System.nanoTime();
    String deployment =
        api.post(SERVICE + "DeployUpdate", request(update, "status:online", parallel))
            .string("deploymentId");
    String asked = "{\"deployment_id\":\"%s\"}".formatted(deployment);
    String state = "RUNNING";
    while (state.equals("RUNNING")) {
      TimeUnit.MILLISECONDS.sleep(50);
      state = api.post(SERVICE + "GetDeploymentStatus", asked).object("status").string("state");
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    FleetRun.print(
        "%,d devices, %,d at a time".formatted(devices, parallel),
        "%s after %.1f s: %,.0f/s; at most %,d at once so far",
        state,
        seconds,
        devices / seconds,
        run.simulation().totals().mostRunning());
  }

  static void plan(int devices) throws Exception {
    Machine.print("bench/run planning " + devices);
    Path work = Files.createTempDirectory("muster-bench");
    Fleet.write(work.resolve("data/server/muster.db"), devices);
    int port = Programs.freePort();
    String key = Token.random(Token.Kind.KEY).text();
    try (Programs programs = new Programs(work)) {
      programs.bareServer(Map.of("MUSTER_ADMIN_KEY", key), port, work.resolve("data"));
      Api api =
          new Api(new Endpoint(URI.create("http://127.0.0.1:" + port), Optional.empty()), key);
      String request = request(update(api, 1), "type:*", 50);
      for (int i = 0; i < PREVIEWS; i++) {
        timed("preview", api, "PreviewDeployment", "{\"deployment\":%s}".formatted(request));
      }
      timed("start", api, "DeployUpdate", request);
    }
  }

  private static void timed(String what, Api api, String method, String request)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    api.post(SERVICE + method, request);
    FleetRun.print(what, "%.2f s", (System.nanoTime() - began) / 1e9);
  }
}
