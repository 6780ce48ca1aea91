package muster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// An OpenSSH server of our own on loopback, for comparison; needs root as sshd itself does. Its
/// keys are made for the run and good nowhere else.
final class Ssh implements AutoCloseable {
  private static final Path SERVER = Path.of("/usr/sbin/sshd");

  private final Path work;
  private final int port;
  private final Process server;

  private Ssh(Path work, int port, Process server) {
    this.work = work;
    this.port = port;
    this.server = server;
  }

  static Ssh start() throws IOException, InterruptedException {
    if (!Files.isExecutable(SERVER)) {
      throw new IllegalStateException(SERVER + " is not here; it is what is compared with");
    }
    Path work = Files.createTempDirectory("muster-bench-ssh");
    for (String key : List.of("host", "user")) {
      run(List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work.resolve(key) + ""));
    }
    Files.createDirectories(Path.of("/run/sshd"));
    int port = Programs.freePort();
    Path config = work.resolve("sshd_config");
    Files.writeString(
        config,
        """
        Port %d
        ListenAddress 127.0.0.1
        HostKey %s
        AuthorizedKeysFile %s
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        PermitRootLogin prohibit-password
        MaxStartups 1000
        PidFile none
        Subsystem sftp internal-sftp
        """
            .formatted(port, work.resolve("host"), work.resolve("user.pub")));
    Process server =
        new ProcessBuilder(SERVER.toString(), "-D", "-f", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("sshd.log").toFile())
            .start();
    Programs.await(port, server);
    return new Ssh(work, port, server);
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(command + " ended with " + code);
    }
  }

  /// The command line of `ssh` or `scp` up to the host's name.
  private List<String> client(String program, String portOption) {
    return List.of(
        program,
        "-q",
        portOption,
        Integer.toString(port),
        "-i",
        work.resolve("user").toString(),
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null");
  }

  /// Runs `echo x` over a connection of its own each; returns the seconds it took.
  double echo(int times, int atOnce) throws Exception {
    List<String> command = new ArrayList<>(client("ssh", "-p"));
    command.addAll(List.of("127.0.0.1", "echo", "x"));
    long began = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
      List<Future<?>> runs = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        runs.add(
            threads.submit(() -> {
              run(command);
              return true;
            }));
      }
      for (Future<?> each : runs) {
        each.get();
      }
    }
    return (System.nanoTime() - began) / 1e9;
  }

  /// Copies a file to this machine.
  Path copy(Path file, Path target) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(client("scp", "-P"));
    command.addAll(List.of(file.toString(), "127.0.0.1:" + target));
    run(command);
    return target;
  }

  @Override
  public void close() throws InterruptedException {
    server.destroy();
    if (!server.waitFor(5, TimeUnit.SECONDS)) {
      server.destroyForcibly();
    }
  }
}
