package muster.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

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

  private final SQLiteDataSource source;
  private final LinkedBlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final List<Runnable> afterCommit = new ArrayList<>();
  private final SqlConnection writing;
  private final Thread writer;
  private final ExecutorService readers;
  private final List<SqlConnection> readerConnections = new ArrayList<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  /// No job will be run any more.
  private volatile boolean stopped;

  /// The writer's own: whether a job is under way, and what a part of it threw.
  private boolean inJob;

  private @Nullable Throwable broken;

  /// Opens the file, makes it if need be, and brings its schema up to date.
  public static SqliteDatabase open(Path file, int readerThreads) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SQLiteDataSource source = source(file);
    Flyway.configure()
        .dataSource(source)
        .locations("classpath:muster/store/migration")
        .loggers("slf4j")
        .load()
        .migrate();
    return new SqliteDatabase(source, readerThreads);
  }

  /// Opens a file that is there, whatever its schema: to look into it, beside a server too.
  public static SqliteDatabase openAsIs(Path file, int readerThreads) {
    return new SqliteDatabase(source(file), readerThreads);
  }

  private static SQLiteDataSource source(Path file) {
    SQLiteDataSource source = new SQLiteDataSource(config(false));
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  private static SQLiteConfig config(boolean readOnly) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(5_000);
    config.enforceForeignKeys(true);
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    config.setCacheSize(-16_000);
    if (readOnly) {
      config.setPragma(SQLiteConfig.Pragma.MMAP_SIZE, "268435456");
    }
    return config;
  }

  private SqliteDatabase(SQLiteDataSource source, int readerThreads) {
    this.source = source;
    try {
      this.writing = new SqlConnection(source.getConnection(), false);
    } catch (SQLException e) {
      throw new StoreException("open", e);
    }
    this.writer = Thread.ofPlatform().name("store-writer").start(this::writeLoop);
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            readerThreads,
            readerThreads,
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
        SQLiteDataSource reading = new SQLiteDataSource(config(true));
        reading.setUrl(source.getUrl());
        this.connection = new SqlConnection(reading.getConnection(), true);
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
    CompletableFuture<Object> done = new CompletableFuture<>();
    jobs.add(new Job(work, done));
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

  private static Fault unavailable() {
    return new Fault(
        FaultCode.UNAVAILABLE,
        "the store can't write now",
        Map.of(Fault.REASON, "store_unavailable"));
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
    CompletableFuture<T> answer;
    try {
      answer =
          CompletableFuture.supplyAsync(
              () -> query.apply(((ReaderThread) Thread.currentThread()).connection), readers);
    } catch (RejectedExecutionException e) {
      throw stopping();
    }
    return join(answer);
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
    try {
      writing.execute("begin immediate");
      for (Job job : batch) {
        results.add(runJob(job, batch.size() > 1));
        committed.addAll(afterCommit);
        afterCommit.clear();
      }
      writing.execute("commit");
    } catch (RuntimeException e) {
      afterCommit.clear();
      log.error("a commit failed: nothing of {} writes was stored", batch.size(), e);
      rollback();
      failAll(batch, unavailable());
      return;
    }
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
  }

  private static void failAll(List<Job> batch, Fault fault) {
    batch.forEach(job -> job.done().completeExceptionally(fault));
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
    last.join();
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
  }
}
