package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.blob.Checksum;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.transfer.Transfer;
import muster.transfer.TransferStatus;
import muster.transfer.TransferStore;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [TransferStore] promises.
public abstract class TransferStoreContract {
  private static final Instant T = Samples.T;
  private static final DeviceId DEVICE = new DeviceId("dev_1");
  private static final Set<TransferStatus> ANY = EnumSet.allOf(TransferStatus.class);

  protected abstract Transactions transactions();

  protected abstract TransferStore store();

  private static Transfer transfer(String id, DeviceId device, TransferStatus status) {
    return new Transfer(
        new TransferId("xfr_" + id),
        device,
        Transfer.Direction.UPLOAD,
        "/tmp/" + Samples.ODD,
        Optional.of("0640"),
        "user:anna",
        "user:usr_1",
        T,
        T.plusSeconds(60),
        status,
        Optional.of(5_000_000_000L),
        4_999_999_999L,
        Optional.of(Checksum.of(new byte[] {7})),
        status.isFinal() ? Optional.of(Samples.ODD) : Optional.empty(),
        status.isFinal() ? Optional.of(T.plusSeconds(5)) : Optional.empty());
  }

  private void insert(Transfer... transfers) {
    transactions()
        .write(() -> {
          for (Transfer transfer : transfers) {
            store().insert(transfer);
          }
          return true;
        });
  }

  private static List<String> ids(List<Transfer> transfers) {
    return transfers.stream().map(transfer -> transfer.id().value()).toList();
  }

  @Test
  public void insert_thenFind_isTheSame() {
    Transfer bare =
        new Transfer(
            new TransferId("xfr_2"),
            DEVICE,
            Transfer.Direction.DOWNLOAD,
            "/a",
            Optional.empty(),
            "key:ci",
            "key:key_1",
            T,
            T,
            TransferStatus.QUEUED,
            Optional.empty(),
            0,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    Transfer full = transfer("1", DEVICE, TransferStatus.FAILED);
    insert(full, bare);
    assertThat(store().find(full.id())).contains(full);
    assertThat(store().find(bare.id())).contains(bare);
    assertThat(store().find(new TransferId("xfr_3"))).isEmpty();
  }

  @Test
  public void update_changesWhatHasBecomeOfIt() {
    insert(transfer("1", DEVICE, TransferStatus.QUEUED));
    for (TransferStatus status : ANY) {
      Transfer changed = transfer("1", DEVICE, status);
      transactions()
          .write(() -> {
            store().update(changed);
            return true;
          });
      assertThat(store().find(changed.id())).contains(changed);
    }
  }

  @Test
  public void of_isOfOneDevice_newestFirst_inParts() {
    insert(
        transfer("1", DEVICE, TransferStatus.COMPLETED),
        transfer("2", new DeviceId("dev_2"), TransferStatus.QUEUED),
        transfer("3", DEVICE, TransferStatus.RUNNING),
        transfer("4", DEVICE, TransferStatus.QUEUED));
    assertThat(ids(store().of(DEVICE, ANY, 0, 10))).containsExactly("xfr_4", "xfr_3", "xfr_1");
    assertThat(ids(store().of(DEVICE, ANY, 1, 1))).containsExactly("xfr_3");
    assertThat(store().count(DEVICE, ANY)).isEqualTo(3);
    Set<TransferStatus> two = EnumSet.of(TransferStatus.QUEUED, TransferStatus.COMPLETED);
    assertThat(ids(store().of(DEVICE, two, 0, 10))).containsExactly("xfr_4", "xfr_1");
    assertThat(store().count(DEVICE, two)).isEqualTo(2);
    assertThat(store().count(DEVICE, Set.of(TransferStatus.FAILED))).isZero();
  }

  @Test
  public void unfinishedAndRunning_areOldestFirst() {
    insert(
        transfer("9", DEVICE, TransferStatus.RUNNING),
        transfer("2", DEVICE, TransferStatus.QUEUED),
        transfer("1", DEVICE, TransferStatus.CANCELLED),
        transfer("3", new DeviceId("dev_2"), TransferStatus.RUNNING));
    assertThat(ids(store().unfinished(DEVICE))).containsExactly("xfr_9", "xfr_2");
    assertThat(ids(store().running())).containsExactly("xfr_9", "xfr_3");
  }

  @Test
  public void due_areThoseWhoseTimeIsOver() {
    insert(
        transfer("1", DEVICE, TransferStatus.QUEUED), transfer("2", DEVICE, TransferStatus.FAILED));
    assertThat(store().due(T.plusSeconds(60).minusMillis(1), 9)).isEmpty();
    assertThat(ids(store().due(T.plusSeconds(60), 9))).containsExactly("xfr_1");
  }

  @Test
  public void deleteOf_removesThoseOfADeviceOnly() {
    DeviceId other = new DeviceId("dev_other");
    insert(
        transfer("1", DEVICE, TransferStatus.COMPLETED),
        transfer("2", DEVICE, TransferStatus.RUNNING),
        transfer("3", other, TransferStatus.COMPLETED));
    transactions()
        .write(() -> {
          store().deleteOf(DEVICE);
          return true;
        });
    assertThat(store().of(DEVICE, ANY, 0, 9)).isEmpty();
    assertThat(ids(store().of(other, ANY, 0, 9))).containsExactly("xfr_3");
  }

  @Test
  public void deleteEnded_sparesTheRest() {
    insert(
        transfer("1", DEVICE, TransferStatus.COMPLETED),
        transfer("2", DEVICE, TransferStatus.FAILED),
        transfer("3", DEVICE, TransferStatus.RUNNING));
    Instant end = T.plusSeconds(5);
    assertThat(transactions().<Integer>write(() -> store().deleteEnded(end, 9))).isZero();
    Instant later = end.plusMillis(1);
    assertThat(transactions().<Integer>write(() -> store().deleteEnded(later, 1))).isEqualTo(1);
    assertThat(transactions().<Integer>write(() -> store().deleteEnded(later, 9))).isEqualTo(1);
    assertThat(ids(store().of(DEVICE, ANY, 0, 9))).containsExactly("xfr_3");
  }
}
