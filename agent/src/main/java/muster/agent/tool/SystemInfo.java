package muster.agent.tool;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import muster.agent.facts.HealthSampler;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;

/// The tool `system_info`: what the host is and how it does, as one JSON object.
public record SystemInfo() implements Job {
  /// The processors' share is that of this time.
  private static final long MEASURED_MILLIS = 200;

  private static final Path ROOT = Path.of("/");

  static SystemInfo parse(JsonObject args) {
    new Args(args);
    return new SystemInfo();
  }

  @Override
  public void check(Policy policy) {
    // The tool itself is all there is to allow.
  }

  @Override
  public void run(Desk desk) throws InterruptedException {
    HealthSampler sampler = new HealthSampler(ROOT, ROOT);
    sampler.sample();
    Thread.sleep(MEASURED_MILLIS);
    JsonObject info =
        JsonObject.builder()
            .putAll(desk.facts().toJson())
            .put("processors", Runtime.getRuntime().availableProcessors())
            .putAll(sampler.sample().toJson())
            .build();
    desk.print((info + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
