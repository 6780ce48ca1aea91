package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.blob.BlobStore;
import muster.blob.Checksum;
import muster.checkin.Welcome;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.store.FileBlobStore;
import muster.store.SqlTransferStore;
import muster.transfer.FileRequest;
import muster.transfer.Handovers;
import muster.transfer.Transfer;
import muster.transfer.TransferBook;
import muster.transfer.TransferLimits;
import muster.transfer.TransferLink;
import muster.transfer.TransferStatus;
import muster.transfer.TransferStore;
import muster.transfer.Transfers;
import muster.tx.Transactions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Transfers whose disk is full or whose link breaks at the worst moment (F050).
@Tag("F050")
class HandoversTest {
  private static final byte[] CONTENT = {1, 2, 3};
  private static final Checksum CHECKSUM = Checksum.of(CONTENT);

  @TempDir private Path directory;
  private CoreRig rig;
  private TransferStore store;
  private Handovers handovers;
  private Transfers transfers;
  private DeviceId device;
  private Caller asDevice;
  private Welcome welcome;
  private final Link link = new Link();
  private final Disk disk = new Disk();

  /// Refuses a write, or lets the test in before it.
  private final class Disk implements Transactions {
    private int writesBefore;
    private Optional<Runnable> trouble = Optional.empty();

    @Override
    public <T> T write(Supplier<T> work) {
      if (trouble.isPresent() && writesBefore-- == 0) {
        Runnable due = trouble.get();
        trouble = Optional.empty();
        due.run();
      }
      return rig.database.write(work);
    }

    @Override
    public void afterCommit(Runnable action) {
      rig.database.afterCommit(action);
    }

    void after(int writes, Runnable action) {
      writesBefore = writes;
      trouble = Optional.of(action);
    }

    void fullAfter(int writes) {
      after(
          writes,
          () -> {
            throw new Fault(FaultCode.UNAVAILABLE, "the disk is full");
          });
    }
  }

  private static final class Link implements TransferLink {
    private final List<TransferId> offered = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void offer(Transfer transfer) {
      offered.add(transfer.id());
    }

    @Override
    public void cancel(TransferId id) {}

    @Override
    public void close(CloseReason reason, String detail) {}

    @Override
    public void probe() {}
  }

  @BeforeEach
  void start() {
    rig = new CoreRig(directory);
    store = new SqlTransferStore(rig.database);
    BlobStore blobs = FileBlobStore.open(directory.resolve("spool"), 1 << 20, 0);
    TransferBook book =
        new TransferBook(disk, store, blobs, rig.devices, rig.credentials, rig.log, rig.clock);
    TransferLimits limits = new TransferLimits(1 << 20, 100, 1, Duration.ofDays(1));
    handovers = new Handovers(disk, book, rig.links, limits, rig.clock);
    transfers =
        new Transfers(
            disk,
            book,
            handovers,
            rig.devices,
            rig.credentials,
            limits,
            rig.log,
            rig.audit,
            rig.clock);
    device = rig.device("dev_1");
    String token = rig.newCredential(device).text();
    asDevice = rig.credentials.authenticate(token, Origin.SERVER);
    welcome =
        rig.checkins.hello(rig.checkins.identity(asDevice), link, "10.0.0.9", CoreRig.greeting());
    rig.checkins.ready(welcome);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private TransferId download() {
    return transfers.download(rig.admin, device, "/etc/motd").id();
  }

  private TransferStatus status(TransferId id) {
    return store.find(id).orElseThrow().status();
  }

  private void receive(TransferId id) {
    handovers.receive(
        asDevice,
        id,
        new Handovers.Piece(0, CONTENT.length, Optional.of(CHECKSUM)),
        new ByteArrayInputStream(CONTENT));
  }

  @Test
  void linkThatBreaksBeforeTheEndIsStored_losesNoEnd() {
    TransferId id = download();
    receive(id);
    disk.after(0, () -> handovers.closed(welcome.session()));
    handovers.completed(asDevice, id, CONTENT.length, CHECKSUM);
    assertThat(status(id)).isEqualTo(TransferStatus.COMPLETED);
  }

  @Test
  void cancellationBeforeTheEndIsStored_isToldToTheDevice() {
    TransferId id = download();
    receive(id);
    disk.after(0, () -> transfers.delete(rig.admin, id));
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> handovers.completed(asDevice, id, CONTENT.length, CHECKSUM))
        .satisfies(fault -> assertThat(fault.reason()).isEqualTo("transfer_ended"));
  }

  @Test
  void fullDiskAsItIsGivenToTheDevice_isNoFailureOfTheRequest_andGoesOnWithTheTick() {
    disk.fullAfter(1);
    TransferId id = download();
    assertThat(status(id)).isEqualTo(TransferStatus.QUEUED);
    handovers.tick();
    assertThat(status(id)).isEqualTo(TransferStatus.RUNNING);
    assertThat(link.offered).containsExactly(id);
  }

  @Test
  void fullDiskAfterAnEnd_forgetsNoneThatWaits() {
    TransferId first = download();
    TransferId second = download();
    receive(first);
    disk.fullAfter(1);
    handovers.completed(asDevice, first, CONTENT.length, CHECKSUM);
    assertThat(status(first)).isEqualTo(TransferStatus.COMPLETED);
    handovers.tick();
    assertThat(link.offered).containsExactly(first, second);
  }

  @Test
  void file_isUploaded_whenTheDiskIsFullAfterIt() {
    disk.fullAfter(1);
    FileRequest file =
        new FileRequest("/tmp/a", Optional.empty(), Optional.empty(), Optional.empty());
    Transfer made = transfers.upload(rig.admin, device, file, new ByteArrayInputStream(CONTENT));
    handovers.tick();
    assertThat(link.offered).containsExactly(made.id());
  }
}
