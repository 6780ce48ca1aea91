package muster.deploy;

import muster.auth.Token;
import muster.device.Device;

/// What an installation is made of.
public interface AgentFiles {
  /// The script that installs the agent of any machine.
  ///
  /// @param base the URL by which the machine reaches this server
  String script(String base);

  /// The script that installs the agent of one device; it holds the device's key.
  String script(String base, Device device, Token key);

  byte[] agentJar();

  /// The jar's SHA-256, in hexadecimal.
  String agentSha256();
}
