package muster.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import muster.agent.exec.Executions;
import muster.agent.exec.Launcher;
import muster.agent.exec.Order;
import muster.agent.exec.Spool;
import muster.agent.exec.Unfinished;
import muster.agent.facts.HostFacts;
import muster.agent.journal.Journal;
import muster.agent.journal.ProcessMark;
import muster.agent.link.Link;
import muster.agent.link.Peer;
import muster.agent.link.Timing;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.policy.Policy;
import muster.agent.state.Directory;
import muster.agent.state.StatusFile;
import muster.agent.tool.Pace;
import muster.agent.tool.Tools;
import muster.agent.transfer.Carrier;
import muster.wire.Channel;
import muster.wire.Health;
import muster.wire.Hello;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// The agent's own journal, spool, link and protocol on a real disk and wire, as a process that can
/// be killed. Only the starting of processes is left out: a command appends its words to the file
/// `effects` and ends at once, or after `sleep` and so many milliseconds. That makes a million
/// commands a matter of an hour.
///
/// Arguments: folder, address of the server, the device's credential.
final class KillsAgent {
  private static final Path ROOT = Path.of("/");

  private KillsAgent() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Path state = Path.of(args[0]);
    Path spool = Files.createDirectories(state.resolve("spool"));
    InstantSource clock = InstantSource.system();
    Log log = new Log(System.err, clock);
    Executions executions =
        Executions.recover(
            Journal.open(new Directory(state), clock),
            new Directory(spool),
            new Effects(state.resolve("effects")),
            Unfinished.NOTHING,
            () -> Policy.open(Optional.empty()),
            log);
    HostFacts facts = new HostFacts(ROOT);
    Peer peer =
        new Peer(
            Clients.create(Optional.empty(), Duration.ofSeconds(10)),
            URI.create(args[1].replaceFirst("^http", "ws") + "/device/ws"),
            args[2],
            known ->
                new Hello(
                    Hello.PROTOCOL,
                    facts.read("bench"),
                    facts.bootId(),
                    Optional.of(state.getFileName().toString()),
                    Tools.NAMES,
                    Optional.empty(),
                    known),
            () -> Health.UNKNOWN,
            executions,
            Carrier.NONE,
            Optional.empty(),
            new Pace(),
            Optional.empty(),
            new StatusFile(state.resolve("status"), clock),
            Timing.PROTOCOL,
            log);
    new Link(peer, new Random()).run();
  }

  /// Starts nothing, and remembers that it did.
  private static final class Effects implements Launcher {
    private final FileChannel file;
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(4);

    Effects(Path path) throws IOException {
      file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    @Override
    public Running start(Order order, Spool spool, Observer observer) {
      ToolExecute request = order.request();
      List<String> words = List.of(request.args().string("command").split(" "));
      String name = words.get(0);
      try {
        file.write(ByteBuffer.wrap((name + "\n").getBytes(StandardCharsets.UTF_8)));
        spool.append(
            ToolOutput.text(
                request.executionId(), request.attempt(), 1, Channel.STDOUT, name + "\n"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      long millis = Long.parseLong(words.get(1));
      timer.schedule(() -> observer.ended(done(request)), millis, TimeUnit.MILLISECONDS);
      return why -> {};
    }

    private static ToolResult done(ToolExecute request) {
      return new ToolResult(
          request.executionId(),
          request.attempt(),
          ToolStatus.COMPLETED,
          OptionalInt.of(0),
          Optional.empty(),
          1,
          false);
    }

    @Override
    public boolean kill(ProcessMark mark) {
      return false;
    }
  }
}
