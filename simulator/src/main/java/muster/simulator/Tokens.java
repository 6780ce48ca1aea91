package muster.simulator;

import java.io.IOException;

/// Where enrolment tokens come from: the server's API, or the server itself in the same process.
@FunctionalInterface
public interface Tokens {
  /// A new one, for one device.
  String next() throws IOException, InterruptedException;
}
