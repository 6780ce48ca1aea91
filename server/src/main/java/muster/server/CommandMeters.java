package muster.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import muster.command.CommandMeter;
import muster.command.CommandStatus;

/// The meters of `/metrics` that commands move.
final class CommandMeters implements CommandMeter {
  private static final String ENDED = "muster.commands.ended";

  private final MeterRegistry registry;
  private final Timer deliveries;

  CommandMeters(MeterRegistry registry) {
    this.registry = registry;
    this.deliveries =
        Timer.builder("muster.commands.delivery")
            .serviceLevelObjectives(
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(25),
                Duration.ofMillis(50),
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                Duration.ofHours(1))
            .register(registry);
    for (CommandStatus status : CommandStatus.values()) {
      if (status.isFinal()) {
        registry.counter(ENDED, "status", status.word()); // there from the start, at 0
      }
    }
  }

  @Override
  public void sent(Duration waited) {
    deliveries.record(waited);
  }

  @Override
  public void ended(CommandStatus status) {
    registry.counter(ENDED, "status", status.word()).increment();
  }
}
