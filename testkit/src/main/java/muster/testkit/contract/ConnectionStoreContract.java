package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.LinkEnd;
import muster.id.DeviceId;
import muster.link.Connection;
import muster.link.ConnectionStore;
import muster.tx.Transactions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What [ConnectionStore] promises.
public abstract class ConnectionStoreContract {
  private static final Instant T = Samples.T;
  private static final DeviceId ONE = new DeviceId("dev_1");
  private static final DeviceId TWO = new DeviceId("dev_2");

  protected abstract Transactions transactions();

  protected abstract DeviceStore devices();

  protected abstract ConnectionStore store();

  private void write(Runnable work) {
    transactions()
        .write(() -> {
          work.run();
          return true;
        });
  }

  @BeforeEach
  public void insertTheDevices() {
    write(() -> {
      devices().insert(Samples.device("dev_1").withState(Samples.state(1, DeviceState.HELD)));
      devices().insert(Samples.bare("dev_2"));
    });
  }

  private static Connection open(DeviceId device, long epoch, Instant at) {
    return new Connection(device, epoch, at, "10.0.0." + epoch, Optional.empty());
  }

  private static Connection ended(Connection open, Instant at, LinkEnd why) {
    return new Connection(
        open.device(),
        open.epoch(),
        open.beganAt(),
        open.address(),
        Optional.of(new Connection.End(at, why)));
  }

  private List<Connection> all(DeviceId device) {
    return store().find(device, Long.MAX_VALUE, 1_000);
  }

  @Test
  public void begin_thenEnd_isOnRecord() {
    assertThat(all(ONE)).isEmpty();
    Connection first = open(ONE, 1, T);
    write(() -> store().begin(first));
    assertThat(all(ONE)).containsExactly(first);
    assertThat(all(TWO)).isEmpty();
    for (LinkEnd why : LinkEnd.values()) {
      Connection next = open(ONE, 2L + why.ordinal(), T.plusSeconds(1));
      Instant at = T.plusSeconds(5);
      write(() -> {
        store().begin(next);
        store().end(ONE, next.epoch(), new Connection.End(at, why));
      });
      assertThat(all(ONE).getFirst()).isEqualTo(ended(next, at, why));
    }
  }

  @Test
  public void begin_whileAnotherIsOpen_endsThatAsReplaced() {
    Connection first = open(ONE, 1, T);
    Connection second = open(ONE, 2, T.plusSeconds(3));
    Connection stranger = open(TWO, 1, T);
    write(() -> {
      store().begin(first);
      store().begin(stranger);
      store().begin(second);
    });
    assertThat(all(ONE)).containsExactly(second, ended(first, T.plusSeconds(3), LinkEnd.REPLACED));
    assertThat(all(TWO)).containsExactly(stranger);
  }

  @Test
  public void end_ofWhatHasEndedOrIsNotThere_changesNothing() {
    Connection first = open(ONE, 1, T);
    write(() -> {
      store().begin(first);
      store().end(ONE, 1, new Connection.End(T.plusSeconds(1), LinkEnd.GOODBYE));
      store().end(ONE, 1, new Connection.End(T.plusSeconds(2), LinkEnd.BROKEN));
      store().end(ONE, 2, new Connection.End(T.plusSeconds(2), LinkEnd.BROKEN));
      store().end(TWO, 1, new Connection.End(T.plusSeconds(2), LinkEnd.BROKEN));
    });
    assertThat(all(ONE)).containsExactly(ended(first, T.plusSeconds(1), LinkEnd.GOODBYE));
  }

  @Test
  public void endAllOpen_endsThemAtTheLastSignOfLife() {
    Connection first = open(ONE, 1, T.minusSeconds(60));
    Connection second = open(ONE, 2, T.minusSeconds(50)); // the device was last seen at T
    Connection unseen = open(TWO, 1, T.plusSeconds(9)); // and this one never
    write(() -> {
      store().begin(first);
      store().begin(second);
      store().begin(unseen);
    });
    assertThat(transactions().<Integer>write(() -> store().endAllOpen(LinkEnd.RESTART)))
        .isEqualTo(2);
    assertThat(all(ONE))
        .containsExactly(
            ended(second, T, LinkEnd.RESTART), ended(first, T.minusSeconds(50), LinkEnd.REPLACED));
    assertThat(all(TWO)).containsExactly(ended(unseen, T.plusSeconds(9), LinkEnd.RESTART));
  }

  @Test
  public void find_isNewestFirst_inParts() {
    write(() -> {
      for (int epoch = 1; epoch <= 7; epoch++) {
        store().begin(open(ONE, epoch, T.plusSeconds(epoch)));
      }
    });
    assertThat(store().find(ONE, Long.MAX_VALUE, 3))
        .extracting(Connection::epoch)
        .containsExactly(7L, 6L, 5L);
    assertThat(store().find(ONE, 5, 3)).extracting(Connection::epoch).containsExactly(4L, 3L, 2L);
    assertThat(store().find(ONE, 2, 3)).extracting(Connection::epoch).containsExactly(1L);
    assertThat(store().find(ONE, 1, 3)).isEmpty();
  }

  @Test
  public void begin_keepsTheLastHundredOfEachDevice() {
    write(() -> {
      store().begin(open(TWO, 1, T));
      for (int epoch = 1; epoch <= ConnectionStore.KEPT + 20; epoch++) {
        store().begin(open(ONE, epoch, T.plusSeconds(epoch)));
      }
    });
    assertThat(all(ONE)).hasSize(ConnectionStore.KEPT);
    assertThat(all(ONE).getLast().epoch()).isEqualTo(21);
    assertThat(all(TWO)).hasSize(1);
  }

  @Test
  public void deleteEnded_takesOldOnesInParts_andNoOpenOne() {
    write(() -> {
      for (int epoch = 1; epoch <= 5; epoch++) {
        store().begin(open(ONE, epoch, T.plusSeconds(epoch)));
      }
    });
    assertThat(transactions().<Integer>write(() -> store().deleteEnded(T.plusSeconds(5), 2)))
        .isEqualTo(2);
    assertThat(transactions().<Integer>write(() -> store().deleteEnded(T.plusSeconds(5), 2)))
        .isEqualTo(1);
    assertThat(all(ONE)).extracting(Connection::epoch).containsExactly(5L, 4L);
    assertThat(transactions().<Integer>write(() -> store().deleteEnded(T.plusSeconds(99), 9)))
        .isEqualTo(1);
    assertThat(all(ONE)).extracting(Connection::epoch).containsExactly(5L);
  }

  @Test
  public void all_goesWithItsDevice() {
    write(() -> store().begin(open(ONE, 1, T)));
    write(() -> devices().delete(ONE));
    assertThat(all(ONE)).isEmpty();
    write(() -> {
      store().end(ONE, 1, new Connection.End(T, LinkEnd.CUT));
      store().begin(open(ONE, 2, T));
    });
    assertThat(all(ONE)).isEmpty();
  }
}
