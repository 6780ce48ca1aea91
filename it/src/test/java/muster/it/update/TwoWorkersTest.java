package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.command.Command;
import muster.command.CommandEvent;
import muster.command.CommandStatus;
import muster.command.Commands;
import muster.command.Deliveries;
import muster.command.Executions;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceFields;
import muster.device.DeviceState;
import muster.device.Devices;
import muster.event.Events;
import muster.id.CommandId;
import muster.id.DeploymentId;
import muster.id.DeviceId;
import muster.id.UpdateId;
import muster.link.Links;
import muster.link.Returning;
import muster.page.CursorCodec;
import muster.rollout.Pacing;
import muster.rollout.Tally;
import muster.store.SqlAuditStore;
import muster.store.SqlCommandStore;
import muster.store.SqlConnectionStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlDeploymentStore;
import muster.store.SqlDeviceStore;
import muster.store.SqlEventStore;
import muster.store.SqlUpdateStore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;
import muster.update.Artifact;
import muster.update.Deployment;
import muster.update.DeploymentProgress;
import muster.update.DeploymentRequest;
import muster.update.Deployments;
import muster.update.InstallReport;
import muster.update.Terms;
import muster.update.Update;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two that take the same deployments forward at the same time, on the core alone.
class TwoWorkersTest {
  private static final int DEVICES = 300;
  private static final int AT_ONCE = 7;

  @TempDir Path directory;

  private final InstantSource clock = InstantSource.system();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private SqliteDatabase database;
  private SqlDeploymentStore store;
  private SqlCommandStore commands;
  private Executions executions;
  private final List<Deployments> workers = new ArrayList<>();
  private final UpdateId update = UpdateId.random();

  @BeforeEach
  void open() {
    database = SqliteDatabase.open(directory.resolve("muster.db"), 4);
    store = new SqlDeploymentStore(database);
    commands = new SqlCommandStore(database);
    SqlDeviceStore deviceStore = new SqlDeviceStore(database);
    SqlUpdateStore updates = new SqlUpdateStore(database);
    Audit audit = new Audit(database, new SqlAuditStore(database), clock);
    Events events =
        new Events(database, new SqlEventStore(database), clock, threads, (event, problem) -> {});
    Credentials credentials =
        new Credentials(
            database,
            new SqlCredentialStore(database),
            new SqlUserStore(database),
            DeviceFields::scope,
            clock);
    CursorCodec cursors = new CursorCodec(new byte[32], clock, Duration.ofHours(1));
    Devices devices =
        new Devices(database, deviceStore, credentials, events, audit, cursors, clock);
    Links links =
        new Links(
            database,
            deviceStore,
            new SqlConnectionStore(database),
            events,
            clock,
            System::nanoTime,
            new Returning(100, Duration.ofSeconds(30)),
            threads);
    executions = new Executions(database, commands, events, clock);
    Deliveries deliveries =
        new Deliveries(database, commands, devices, links, credentials, executions, clock);
    Commands work =
        new Commands(
            database, commands, devices, credentials, executions, deliveries, events, audit, clock);
    InstallReport.Reader reports = line -> Optional.of(InstallReport.NOTHING);
    DeploymentProgress progress =
        new DeploymentProgress(database, store, updates, devices, work, cursors, reports);
    for (int i = 0; i < 2; i++) {
      workers.add(
          new Deployments(
              database,
              store,
              updates,
              devices,
              work,
              credentials,
              events,
              audit,
              progress,
              reports,
              clock,
              threads));
    }
    database.write(() -> {
      for (int i = 0; i < DEVICES; i++) {
        Device device = device(i);
        deviceStore.insert(device);
        deviceStore.saveState(device.id(), device.state());
      }
      updates.insert(content());
      return DEVICES;
    });
  }

  @AfterEach
  void close() {
    threads.close();
    database.close();
  }

  private Device device(int number) {
    DeviceState there = DeviceState.NEVER_SEEN.connected("127.0.0.1", clock.instant());
    return new Device(
        new DeviceId("dev_" + number),
        "device " + number,
        new TreeSet<>(),
        Approval.APPROVED,
        Condition.NORMAL,
        DeviceFacts.NONE.withCapabilities(List.of("install_update")),
        Map.of(),
        Optional.empty(),
        clock.instant(),
        clock.instant(),
        Decisions.NONE,
        there);
  }

  private Update content() {
    Artifact artifact =
        new Artifact(
            "",
            Optional.empty(),
            "https://updates.example/a",
            Fleet.CHECKSUM,
            1000,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.empty());
    return new Update(
        update,
        new Update.Content("software", "1", "", List.of(artifact), Pacing.UNSAID, Map.of()),
        Update.Status.READY,
        "test",
        clock.instant());
  }

  /// The device does what it was told.
  private void end(CommandId id) {
    executions.apply(id, new CommandEvent.Taken());
    executions.apply(id, new CommandEvent.Started());
    executions.apply(
        id,
        new CommandEvent.Ended(
            CommandStatus.COMPLETED,
            new Command.Result(Optional.of(0), Optional.empty(), Optional.empty(), false)));
  }

  @Test
  @DisplayName("7: two workers never start one device twice, nor more than may be at it")
  void twoWorkers_startEachDeviceOnce() throws Exception {
    Pacing pacing =
        new Pacing(
            Optional.empty(),
            Optional.of(AT_ONCE),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    DeploymentId id =
        workers
            .getFirst()
            .start(
                Caller.SERVER,
                new DeploymentRequest(
                    update,
                    List.of(),
                    Optional.of(DeviceFields.filter("name:device*")),
                    pacing,
                    Terms.USUAL))
            .deployment()
            .id();
    CountDownLatch over = new CountDownLatch(4);
    for (int i = 0; i < 4; i++) {
      Deployments worker = workers.get(i % workers.size());
      threads.execute(() -> {
        while (!isOver(id)) {
          worker.tick();
        }
        over.countDown();
      });
    }
    Random random = new Random(3);
    while (!isOver(id)) {
      Tally tally = store.tally(id);
      assertThat(tally.running()).isLessThanOrEqualTo(AT_ONCE);
      assertThat(tally.total()).isEqualTo(DEVICES);
      List<Deployment.Part> running = store.parts(id, Deployment.Part.At.RUNNING);
      if (!running.isEmpty()) {
        end(running.get(random.nextInt(running.size())).command().orElseThrow());
      }
    }
    over.await();
    assertThat(store.tally(id).succeeded()).isEqualTo(DEVICES);
    for (int i = 0; i < DEVICES; i++) {
      assertThat(commands.count(new DeviceId("dev_" + i))).isEqualTo(1);
    }
  }

  private boolean isOver(DeploymentId id) {
    return store.find(id).orElseThrow().finishedAt().isPresent();
  }
}
