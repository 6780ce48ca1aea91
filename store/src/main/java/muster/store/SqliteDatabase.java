package muster.store;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.tx.Transactions;
import muster.work.Trace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The embedded engine: one SQLite file in WAL mode.
///
/// *Writing.* One thread owns the one writing connection. Callers hand it their work and wait. It
/// takes what has gathered, runs each piece behind a savepoint of its own, and commits all of them
/// with one sync (`synchronous=FULL`): many callers share the cost of a durable commit, and one
/// that throws undoes only its own changes. Work runs on the writer's thread, so it must not wait
/// for another thread.
///
/// *Reading.* SQLite reads block in native code, which would pin the carrier of a virtual thread;
/// so they run on a few platform threads, each with a connection of its own. Inside a transaction
/// reads go to the writing connection and see its changes.
public final class SqliteDatabase implements Transactions, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SqliteDatabase.class);
  private static final int MAX_BATCH = 512;

  private record Job(Supplier<?> work, CompletableFuture<Object> done) {}

  private static final class Done {
    private static final Object NOTHING = new Object();
  }

  private final Path file;
  private final LinkedBlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final List<Runnable> afterCommit = new ArrayList<>();
  private final SqlConnection writing;
  private final RevocationLedger ledger;
  private final Revocations.Outcome revocations;
  private final StoreHealth health;
  private final Thread writer;
  private final ExecutorService readers;
  private final List<SqlConnection> readerConnections = new ArrayList<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  private volatile StoreMeter meter = StoreMeter.NONE;

  /// No job will be run any more.
  private volatile boolean stopped;

  /// The writer's own: whether a job is under way, and what a part of it threw.
  private boolean inJob;

  private @Nullable Throwable broken;

  /// Opens the file, makes it if need be, and brings its schema up to date.
  ///
  /// @throws Fault UNAVAILABLE with reason `store_damaged` for a file that can't be trusted
  public static SqliteDatabase open(Path file, int readerThreads) {
    return open(StoreOptions.of(file, readerThreads));
  }

  public static SqliteDatabase open(StoreOptions options) {
    return new SqliteDatabase(options, StoreFile.open(options));
  }

  /// Opens a file, whatever its schema, without a ledger: to look into it, beside a server too, or
  /// to keep in it what is no right of anybody.
  public static SqliteDatabase openAsIs(Path file, int readerThreads) {
    return new SqliteDatabase(StoreOptions.of(file, readerThreads), StoreFile.asIs(file));
  }

  private SqliteDatabase(StoreOptions options, StoreFile.Opened opened) {
    this.file = options.file();
    this.writing = opened.writing();
    this.ledger = opened.ledger();
    this.revocations = opened.revocations();
    this.health = new StoreHealth(options.onDeath());
    this.writer = Thread.ofPlatform().name("store-writer").start(this::writeLoop);
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            options.readers(),
            options.readers(),
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> new ReaderThread(task, "store-reader-" + number.incrementAndGet()));
    pool.prestartAllCoreThreads();
    this.readers = pool;
  }

  private final class ReaderThread extends Thread {
    private final SqlConnection connection;

    private ReaderThread(Runnable task, String name) {
      super(task, name);
      try {
        this.connection = new SqlConnection(StoreFile.source(file, true).getConnection(), true);
      } catch (SQLException e) {
        throw new StoreException("open a reader", e);
      }
      synchronized (readerConnections) {
        readerConnections.add(connection);
      }
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> T write(Supplier<T> work) {
    if (Thread.currentThread() == writer) {
      return joined(work);
    }
    if (closing.get()) {
      throw stopping();
    }
    health.requireAlive();
    CompletableFuture<Object> done = new CompletableFuture<>();
    jobs.add(new Job(Trace.carried(work), done));
    if (stopped) {
      // Added behind the back of close(), which fails what it still finds.
      done.completeExceptionally(stopping());
    }
    return (T) join(done);
  }

  private <T> T joined(Supplier<T> work) {
    if (!inJob) {
      throw new IllegalStateException("a write in a hook after a commit");
    }
    try {
      return work.get();
    } catch (RuntimeException | Error e) {
      broken = e;
      throw e;
    }
  }

  private static Fault stopping() {
    return new Fault(FaultCode.UNAVAILABLE, "the server is stopping");
  }

  @Override
  public void afterCommit(Runnable action) {
    if (Thread.currentThread() == writer && inJob) {
      afterCommit.add(action);
    } else {
      action.run();
    }
  }

  boolean isInTransaction() {
    return Thread.currentThread() == writer;
  }

  /// Runs a read: on the transaction's own connection inside one, else on a reader's.
  <T> T read(Function<SqlConnection, T> query) {
    if (Thread.currentThread() == writer) {
      return query.apply(writing);
    }
    if (Thread.currentThread() instanceof ReaderThread reader) {
      return query.apply(reader.connection);
    }
    health.requireAlive();
    CompletableFuture<T> answer;
    Supplier<T> work =
        Trace.carried(() -> query.apply(((ReaderThread) Thread.currentThread()).connection));
    try {
      answer = CompletableFuture.supplyAsync(work, readers);
    } catch (RejectedExecutionException e) {
      throw stopping();
    }
    try {
      return join(answer);
    } catch (StoreException e) {
      health.readFailed(e);
      throw e;
    }
  }

  /// The writing connection; only inside a transaction.
  SqlConnection writing() {
    if (Thread.currentThread() != writer || !inJob) {
      throw new IllegalStateException("a write outside of a transaction");
    }
    return writing;
  }

  private static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  private void writeLoop() {
    List<Job> batch = new ArrayList<>();
    while (true) {
      batch.clear();
      try {
        batch.add(jobs.take());
      } catch (InterruptedException e) {
        return;
      }
      jobs.drainTo(batch, MAX_BATCH - 1);
      runBatch(batch);
    }
  }

  private void runBatch(List<Job> batch) {
    List<Object> results = new ArrayList<>(batch.size());
    List<Runnable> committed = new ArrayList<>();
    long began = System.nanoTime();
    try {
      health.requireAlive();
      writing.execute("begin immediate");
      for (Job job : batch) {
        results.add(runJob(job, batch.size() > 1));
        committed.addAll(afterCommit);
        afterCommit.clear();
      }
      // On disk before the commit is: what was revoked and acknowledged can't be revived.
      Revocations.record(writing, ledger);
      writing.execute("commit");
      ledger.committed();
    } catch (RuntimeException e) {
      afterCommit.clear();
      RuntimeException told = e instanceof Fault ? e : health.failed(e, batch.size());
      rollback();
      meter.refused(batch.size());
      failAll(batch, told);
      return;
    }
    health.succeeded();
    meter.committed(batch.size(), System.nanoTime() - began);
    committed.forEach(this::runHook);
    for (int i = 0; i < results.size(); i++) {
      Object result = results.get(i);
      if (result instanceof Failure failure) {
        batch.get(i).done().completeExceptionally(failure.cause());
      } else {
        batch.get(i).done().complete(result == Done.NOTHING ? null : result);
      }
    }
  }

  private record Failure(Throwable cause) {}

  /// Runs one piece of work; what it throws undoes what it did and nothing else.
  private Object runJob(Job job, boolean shared) {
    if (shared) {
      writing.execute("savepoint job");
    }
    inJob = true;
    broken = null;
    try {
      Object result = job.work().get();
      if (broken != null) {
        throw new IllegalStateException("a part of the transaction failed", broken);
      }
      if (shared) {
        writing.execute("release job");
      }
      return result == null ? Done.NOTHING : result;
    } catch (RuntimeException | Error e) {
      afterCommit.clear();
      if (cause(e) instanceof StoreException store
          && store.kind() != StoreException.Kind.STATEMENT) {
        throw store; // no matter of this job: the engine may have undone the whole batch already
      }
      if (shared) {
        writing.execute("rollback to job");
        writing.execute("release job");
      } else {
        writing.execute("rollback");
        writing.execute("begin immediate");
      }
      return new Failure(e);
    } finally {
      inJob = false;
    }
  }

  private static @Nullable Throwable cause(Throwable problem) {
    return problem instanceof StoreException ? problem : problem.getCause();
  }

  private void runHook(Runnable hook) {
    try {
      hook.run();
    } catch (RuntimeException | Error e) {
      log.error("a hook after a commit failed", e);
    }
  }

  private void rollback() {
    try {
      writing.execute("rollback");
    } catch (StoreException e) {
      log.debug("nothing to roll back", e);
    }
    try {
      ledger.takeBack();
    } catch (StoreException e) {
      log.error("revocations that were not stored stay on record; a new start carries them out", e);
    }
  }

  private static void failAll(List<Job> batch, RuntimeException fault) {
    batch.forEach(job -> job.done().completeExceptionally(fault));
  }

  /// Tells `newMeter` from now on how the writer does.
  public void meterWith(StoreMeter newMeter) {
    meter = newMeter;
  }

  /// How many writes wait for the writer.
  public int queued() {
    return jobs.size();
  }

  /// How many revocations this store did not know of when it was opened.
  public int revokedAtStart() {
    return revocations.applied();
  }

  /// Whether the ledger beside it is another than the one it was written with: then it is not known
  /// what was revoked after this store was written.
  public boolean isLedgerMissing() {
    return revocations.ledgerMissing();
  }

  /// Whether the last write found no room.
  public boolean isFull() {
    return health.isFull();
  }

  public Path file() {
    return file;
  }

  /// Writes a consistent copy of the present state to a new file, while writes go on. The calling
  /// thread may be a virtual one.
  ///
  /// @throws Fault UNAVAILABLE when there is no room for it
  public void copyTo(Path target) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    // Neither the writer's thread nor a reader's: it may take minutes.
    Thread.ofPlatform()
        .name("store-copy")
        .start(() -> {
          try (SqlConnection connection =
              new SqlConnection(StoreFile.source(file, false).getConnection(), true)) {
            connection.update("vacuum into ?", target.toString());
            done.complete(true);
          } catch (SQLException e) {
            done.completeExceptionally(new StoreException("copy the store", e));
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    join(done);
  }

  /// Whether the store answers: one write that changes nothing, and one read.
  public void check() {
    write(() -> writing().queryOne("select 1", row -> row.number("1")).isPresent());
    read(connection -> connection.queryOne("select 1", row -> row.number("1")));
  }

  /// Finishes the writes that were accepted, then closes. Closing twice is harmless.
  @Override
  public void close() {
    if (closing.getAndSet(true)) {
      return;
    }
    CompletableFuture<Object> last = new CompletableFuture<>();
    jobs.add(new Job(() -> Boolean.TRUE, last));
    last.handle((result, problem) -> result).join();
    writer.interrupt();
    readers.shutdown();
    try {
      writer.join();
      if (!readers.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("a reader is still busy");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stopped = true;
    failAll(List.copyOf(jobs), stopping());
    synchronized (readerConnections) {
      readerConnections.forEach(SqlConnection::close);
    }
    writing.close();
    ledger.close();
  }
}
