package muster.it.agents;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/// A machine with OpenSSH's own server, at 127.0.0.1 to 127.0.0.5 on a free port, that lets the
/// present user in. Its home, its programs and the place of its agent are below one directory; the
/// rest is this machine.
final class SshServer implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/sshd");

  /// Where sshd wants to find nothing, as root.
  private static final Path EMPTY = Path.of("/run/sshd");

  private final Path directory;
  private final int port;
  private Process process;

  private SshServer(Path directory) throws IOException {
    this.directory = directory;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = socket.getLocalPort();
    }
    for (String name : List.of("home", "bin", "tmp")) {
      Files.createDirectories(directory.resolve(name));
    }
    if (user().equals("root")) {
      Files.createDirectories(EMPTY);
    }
    Files.writeString(
        directory.resolve("sshd_config"),
        """
        Port %d
        ListenAddress 127.0.0.1
        ListenAddress 127.0.0.2
        ListenAddress 127.0.0.3
        ListenAddress 127.0.0.4
        ListenAddress 127.0.0.5
        HostKey %s/host_key
        AuthorizedKeysFile %s/authorized_keys
        PidFile none
        UsePAM no
        StrictModes no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin prohibit-password
        SetEnv HOME=%s/home TMPDIR=%s/tmp MUSTER_AGENT_DIR=%s PATH=%s/bin:%s JAVA_HOME=%s/java
        """
            .formatted(
                port,
                directory,
                directory,
                directory,
                directory,
                agent(),
                directory,
                System.getenv("PATH"),
                directory));
    newHostKey("ed25519");
    this.process = run();
  }

  /// Skips the test, saying so loudly, where there is no sshd.
  static SshServer start(Path directory) throws IOException {
    if (!Files.isExecutable(PROGRAM)) {
      System.err.println("NOT TESTED: " + PROGRAM + " is missing (package openssh-server)");
    }
    Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "NOT TESTED: there is no sshd here");
    SshServer server = new SshServer(Files.createDirectories(directory));
    server.awaitReady();
    return server;
  }

  private Process run() throws IOException {
    return new ProcessBuilder(
            PROGRAM.toString(), "-D", "-e", "-f", directory.resolve("sshd_config").toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("sshd.log").toFile()))
        .start();
  }

  private void awaitReady() {
    Awaitility.await()
        .until(() -> {
          if (!process.isAlive()) {
            throw new AssertionError(Files.readString(directory.resolve("sshd.log")));
          }
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }

  static String user() {
    return System.getProperty("user.name");
  }

  int port() {
    return port;
  }

  Path agent() {
    return directory.resolve("agent");
  }

  /// What an agent and a failed attempt could have left there.
  List<Path> left() throws IOException {
    List<Path> left = new ArrayList<>();
    for (Path place : List.of(agent(), directory.resolve("home"), directory.resolve("tmp"))) {
      if (Files.exists(place)) {
        try (Stream<Path> all = Files.walk(place)) {
          all.filter(path -> !path.equals(place) || place.equals(agent())).forEach(left::add);
        }
      }
    }
    return left;
  }

  Path home() {
    return directory.resolve("home");
  }

  /// The fingerprint of its key, as ssh-keygen says it.
  String fingerprint() throws IOException, InterruptedException {
    return keygen("-l", "-f", directory.resolve("host_key.pub").toString()).split(" ")[1];
  }

  /// Lets in whoever has this key.
  void authorize(Path privateKey) throws IOException {
    Files.copy(
        privateKey.resolveSibling(privateKey.getFileName() + ".pub"),
        directory.resolve("authorized_keys"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  /// A program that comes before those of this machine.
  void program(String name, String body) throws IOException {
    Path file = directory.resolve(name.contains("/") ? name : "bin/" + name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void newHostKey(String type) throws IOException {
    Files.deleteIfExists(directory.resolve("host_key"));
    Files.deleteIfExists(directory.resolve("host_key.pub"));
    newKey(directory.resolve("host_key"), "", type);
  }

  /// As if another machine had its address now.
  ///
  /// @param type of its key, as ssh-keygen calls it
  void becomeAnother(String type) throws IOException, InterruptedException {
    stop();
    newHostKey(type);
    process = run();
    awaitReady();
  }

  /// A new key pair at `file`, private as ssh-keygen leaves it.
  static void newKey(Path file, String passphrase) throws IOException {
    newKey(file, passphrase, "ed25519");
  }

  private static void newKey(Path file, String passphrase, String type) throws IOException {
    try {
      keygen("-q", "-t", type, "-N", passphrase, "-f", file.toString());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String keygen(String... arguments) throws IOException, InterruptedException {
    List<String> command = Stream.concat(Stream.of("ssh-keygen"), Stream.of(arguments)).toList();
    Process keygen = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keygen.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keygen.waitFor() != 0) {
      throw new AssertionError(command + ": " + said);
    }
    return said;
  }

  private void stop() throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private void stopAgent() throws IOException {
    Path file = agent().resolve("state/agent.pid");
    if (Files.exists(file)) {
      ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
          .ifPresent(agent -> {
            agent.destroy();
            agent.onExit().orTimeout(20, TimeUnit.SECONDS).join();
          });
    }
  }

  @Override
  public void close() throws InterruptedException {
    try {
      stopAgent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      stop();
    }
  }
}
