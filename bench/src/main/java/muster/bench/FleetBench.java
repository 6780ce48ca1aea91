package muster.bench;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.Locale;

/// Measurements with a fleet: `bench/run <scenario> [DEVICES] [tls]`. Each takes less than six
/// minutes with its default size.
final class FleetBench {
  private FleetBench() {}

  static void run(String[] args) throws Exception {
    Locale.setDefault(Locale.ROOT);
    // The server's logging library is on the class path, set up for nobody in this process.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    String scenario = args[0];
    boolean tls = args[args.length - 1].equals("tls");
    int size = args.length > 1 && args[1].matches("\\d+") ? Integer.parseInt(args[1]) : 0;
    switch (scenario) {
      case "return" -> FleetReturn.run(or(size, 10_000));
      case "memory" -> FleetMemory.run(or(size, 20_000), tls);
      case "commands" -> FleetCommands.run(or(size, 5_000));
      case "heartbeats" -> FleetHeartbeats.run(or(size, 10_000));
      case "revocation" -> FleetRevocation.run(or(size, 1_000));
      case "group" -> FleetGroup.run(or(size, 1_000));
      case "deployment" -> FleetDeployment.run(or(size, 1_000));
      case "planning" -> FleetDeployment.plan(or(size, 100_000));
      case "terminal" -> TerminalBench.run(or(size, 1_000));
      case "kills" -> KillsBench.run(or(size, 1_000_000));
      default ->
          throw new IllegalArgumentException(
              "scenario: %s (expected: return, memory, commands, heartbeats, revocation, group, deployment, planning, terminal or kills)"
                  .formatted(scenario));
    }
  }

  private static int or(int given, int otherwise) {
    return given > 0 ? given : otherwise;
  }
}
