package muster.bench;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Programs under measurement, each a process of its own, ended with the bench.
final class Programs implements AutoCloseable {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final Path SERVER = Path.of("server/target/muster-server.jar");
  private static final Path SERVER_ARCHIVE = Path.of("server/target/muster-server.aot");
  private static final List<String> FLAGS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseCompactObjectHeaders");

  private final Path logs;
  private final List<Process> running = new ArrayList<>();

  Programs(Path logs) {
    this.logs = logs;
  }

  /// Starts a main class of this class path and waits for its port.
  Process java(String mainClass, Map<String, String> environment, int port, String... arguments) {
    Process process = main(mainClass, List.of(), environment, mainClass, List.of(arguments));
    await(port, process);
    return process;
  }

  /// Starts the server as `./muster` does, with its archive of loaded and compiled classes when
  /// there is one, and waits for its port.
  Process server(Map<String, String> environment, int port, Path data) {
    List<String> flags = new ArrayList<>(FLAGS);
    flags.add("-Xmx" + System.getenv().getOrDefault("MUSTER_HEAP", "512m"));
    flags.add("-XX:+ExitOnOutOfMemoryError");
    if (Files.exists(SERVER_ARCHIVE)) {
      flags.add("-XX:AOTCache=" + SERVER_ARCHIVE);
    }
    Process process = jar(SERVER, flags, environment, serve(port, data).toArray(String[]::new));
    await(port, process);
    return process;
  }

  /// Starts the server of this class path, without its archive and with as much heap as it likes,
  /// and waits for its port.
  Process bareServer(Map<String, String> environment, int port, Path data) {
    return java("muster.server.Main", environment, port, serve(port, data).toArray(String[]::new));
  }

  /// The arguments of a server on the loopback interface.
  static List<String> serve(int port, Path data) {
    return List.of(
        "serve",
        "--data",
        data.toString(),
        "--bind",
        "127.0.0.1",
        "--port",
        Integer.toString(port));
  }

  /// Starts a main class of this class path.
  Process main(
      String name,
      List<String> flags,
      Map<String, String> environment,
      String mainClass,
      List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(JAVA);
    command.addAll(FLAGS);
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    command.addAll(arguments);
    return start(command, environment, name);
  }

  Process jar(Path jar, List<String> flags, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(JAVA);
    command.addAll(flags);
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(List.of(arguments));
    return start(command, environment, jar.getFileName().toString());
  }

  /// Starts a program that others made and waits for its port.
  Process foreign(int port, String... command) {
    Process process =
        start(List.of(command), Map.of(), String.valueOf(Path.of(command[0]).getFileName()));
    await(port, process);
    return process;
  }

  private Process start(List<String> command, Map<String, String> environment, String name) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File(logs.toFile(), name + ".log"));
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      running.add(process);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void await(int port, Process process) {
    while (process.isAlive()) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        pause();
      }
    }
    throw new IllegalStateException("ended before it listened; see its log");
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Resident memory in MiB.
  static long residentMebibytes(Process process) {
    try (Stream<String> lines =
        Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      Optional<String> line = lines.filter(text -> text.startsWith("VmRSS:")).findFirst();
      return line.map(text -> Long.parseLong(text.replaceAll("\\D", "")) / 1024).orElse(-1L);
    } catch (IOException e) {
      return -1;
    }
  }

  @Override
  public void close() {
    for (Process process : running) {
      process.destroy();
    }
    for (Process process : running) {
      process.onExit().join();
    }
  }
}
