package muster.deploy;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import muster.fault.Fault;

/// The way to machines.
public interface SshHosts {
  /// A private key that this server has been given for such use.
  ///
  /// @param name as the request names it
  /// @throws Fault INVALID_ARGUMENT for one that is not there or may not be used, or a passphrase
  ///   that does not open it
  SshKey key(String name, Optional<String> passphrase);

  /// Connects and logs in, within 10 s each. A key of a machine that was never seen before is
  /// trusted, unless the request names another, and remembered once the machine has let us in.
  ///
  /// @param within how long something may take at most of which this long is wished
  /// @param shown is told the machine's key as soon as it is found good
  /// @throws Fault of the step that failed
  SshHost connect(
      Deployment wanted, SshKey key, Function<Duration, Limit> within, Consumer<HostKey> shown);
}
