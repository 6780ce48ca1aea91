package muster.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import muster.agent.net.CaPin;
import muster.auth.Caller;
import muster.id.DeviceId;
import muster.simulator.Endpoint;
import muster.simulator.Fleet;
import muster.simulator.Scenario;
import muster.simulator.Simulation;

/// Virtual devices for a first look, in this very process, but over real connections: most are
/// there, some are switched off, all answer commands. Enrolled once, and back at the next start.
final class VirtualFleet implements AutoCloseable {
  private static final int SEED = 1;
  private static final double AWAY = 0.12;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Scenario.Work WORK =
      new Scenario.Work(Duration.ofMillis(30), Duration.ofMillis(900), 0, 0, 0, 0, 0);

  private final Simulation simulation;
  private final int size;
  private final String example;

  private VirtualFleet(Simulation simulation, int size, String example) {
    this.simulation = simulation;
    this.size = size;
    this.example = example;
  }

  /// Returns when those that are meant to be there are, or after 20 s.
  static VirtualFleet start(Config config, MusterServer server, int size) {
    Wiring wiring = server.wiring();
    Endpoint endpoint =
        new Endpoint(
            URI.create("http://127.0.0.1:" + server.port()),
            Optional.of(new CaPin("sha256/" + wiring.ca.caKeyPin())));
    Scenario scenario = Scenario.calm(SEED).withAway(AWAY).withWork(WORK);
    Fleet fleet = Fleet.open(Fleet.in(config.data()), endpoint, SEED);
    Simulation simulation = new Simulation(endpoint, scenario, fleet, 1, Optional.empty());
    try {
      simulation.enrol(
          0,
          size,
          () ->
              wiring.enrollments.create(Caller.SERVER, Optional.empty(), List.of()).token().text(),
          id -> wiring.devices.lookUp(Caller.SERVER, new DeviceId(id)).isPresent());
      simulation.start(0, size);
      boolean complete = simulation.awaitConnected(simulation.expected(), PATIENCE);
      String example =
          simulation.steady().stream()
              .filter(id -> complete && simulation.truth(id).isUp())
              .findFirst()
              .flatMap(id -> wiring.devices.lookUp(Caller.SERVER, new DeviceId(id)))
              .map(device -> device.name())
              .orElse("NAME");
      return new VirtualFleet(simulation, size, example);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// For the welcome page.
  String description() {
    return "%d virtual devices, %d of them switched off; their tag is \"simulated\""
        .formatted(size, size - simulation.expected());
  }

  /// The name of one that answers.
  String example() {
    return example;
  }

  @Override
  public void close() {
    simulation.close();
  }
}
