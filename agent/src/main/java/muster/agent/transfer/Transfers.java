package muster.agent.transfer;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.agent.state.Disk;
import muster.agent.tool.Modes;
import muster.agent.tool.Paths;
import muster.wire.FieldException;
import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.TransferRead;
import muster.wire.TransferWrite;

/// All transfers of this device, two at once. Needs no journal: whoever asks asks again on every
/// connection until it knows the end, and doing it twice does no harm. Safe for use by any thread.
public final class Transfers implements Carrier {
  private static final int AT_ONCE = 2;
  private static final int MOST_WAITING = 64;
  private static final int IDLE_SECONDS = 30;

  private final ServerFiles server;
  private final Notes notes;
  private final PolicyFile policy;
  private final Log log;
  private final Map<String, Worker> workers = new ConcurrentHashMap<>();
  private final AtomicBoolean askedAboutLeftovers = new AtomicBoolean();
  private final ThreadPoolExecutor threads;

  /// @param disk of its own
  public Transfers(ServerFiles server, Disk disk, PolicyFile policy, Log log) {
    this.server = server;
    this.notes = new Notes(disk);
    this.policy = policy;
    this.log = log;
    threads =
        new ThreadPoolExecutor(
            AT_ONCE,
            AT_ONCE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            Transfers::thread);
    threads.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "transfer");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void read(TransferRead order) {
    String id = checked(order.transferId());
    Path path = Paths.parse("path", order.path());
    check("read_file", Policy.Access.READ, path);
    begin(id, new Outgoing(id, path, server, policy::get));
  }

  @Override
  public void write(TransferWrite order) {
    String id = checked(order.transferId());
    Path path = Paths.parse("path", order.path());
    if (path.getParent() == null) {
      throw new FieldException("path", order.path(), "the path of a file");
    }
    Optional<Set<PosixFilePermission>> mode = order.mode().map(text -> Modes.parse("mode", text));
    check("write_file", Policy.Access.WRITE, path);
    begin(
        id, new Incoming(order, path, mode, server, notes, policy::get, file -> file.force(true)));
  }

  private static String checked(String id) {
    if (!Notes.isId(id)) {
      throw new FieldException("transfer_id", id, "xfr_ and letters and digits");
    }
    return id;
  }

  /// What can be said without looking at the disk, since a connection waits.
  private void check(String tool, Policy.Access access, Path path) {
    try {
      Policy rules = policy.get();
      rules.requireTool(tool);
      rules.requirePath(access, path);
    } catch (DeniedException e) {
      throw new RpcException(RpcError.DENIED, String.valueOf(e.getMessage()));
    }
  }

  private void begin(String id, Work work) {
    Worker worker = new Worker(id, work, server, () -> discard(id), log);
    Worker present = workers.putIfAbsent(id, worker);
    if (present != null) {
      present.nudge();
      return;
    }
    try {
      threads.execute(() -> {
        try {
          worker.run();
        } finally {
          workers.remove(id, worker);
        }
      });
    } catch (RejectedExecutionException e) {
      workers.remove(id, worker);
      throw new RpcException(RpcError.BUSY, "too many transfers wait here");
    }
  }

  @Override
  public void cancel(String transferId) {
    Worker worker = workers.get(transferId);
    if (worker != null) {
      worker.cancel();
    }
  }

  /// Asks once about the parts of files that an earlier run of the agent has left.
  @Override
  public void online() {
    workers.values().forEach(Worker::nudge);
    if (askedAboutLeftovers.compareAndSet(false, true)) {
      try {
        for (String id : notes.ids()) {
          // The server has offered it by then, if it still wants it.
          threads.execute(() -> ask(id));
        }
      } catch (IOException | RejectedExecutionException e) {
        log.warn("cannot ask about parts of files: " + Log.reason(e));
      }
    }
  }

  private void ask(String id) {
    try {
      if (server.state(id).ended()) {
        discard(id);
      }
    } catch (EndedException e) {
      discard(id);
    } catch (IOException e) {
      log.info(id + ": cannot ask about it now: " + Log.reason(e));
      askedAboutLeftovers.set(false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void discard(String id) {
    try {
      notes.discard(id, policy.get());
    } catch (IOException | DeniedException e) {
      log.warn(id + ": cannot remove what there is of it: " + Log.reason(e));
    }
  }

  /// Ends all of them for now; the next run of the agent goes on.
  public void stop() {
    workers.values().forEach(Worker::stop);
    threads.shutdownNow();
  }
}
