package muster.ssh;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import muster.deploy.SshKey;

/// Keys for tests.
final class TestKeys {
  private TestKeys() {}

  /// A new key pair.
  static KeyPair pair() throws JSchException {
    return KeyPair.genKeyPair(new JSch(), KeyPair.ECDSA, 256);
  }

  /// A new private key in `keys` of a directory.
  static SshKey any(Path directory, JschHosts hosts) throws IOException, JSchException {
    Path keys = Files.createDirectories(directory.resolve("keys"));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    pair().writePrivateKey(text);
    Path file = Files.write(keys.resolve("id"), text.toByteArray());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return hosts.key("id", Optional.empty());
  }
}
