package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.event.Event;
import muster.event.EventStore;
import muster.id.DeviceId;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [EventStore] promises.
public abstract class EventStoreContract {
  protected abstract Transactions transactions();

  protected abstract EventStore store();

  private static Event event(String type) {
    return new Event(
        0, Samples.T, type, Optional.of(new DeviceId("dev_1")), Map.of("name", Samples.ODD));
  }

  private Event append(String type) {
    return transactions().write(() -> store().append(event(type)));
  }

  @Test
  public void append_givesItBackWithItsNumber() {
    Event stored = append("device.online");
    assertThat(stored)
        .isEqualTo(
            new Event(stored.seq(), Samples.T, "device.online", stored.device(), stored.body()));
    assertThat(stored.body()).containsEntry("name", Samples.ODD);
    assertThat(stored.seq()).isPositive();
  }

  @Test
  public void append_more_numbersRise() {
    long first = append("a").seq();
    long second = append("b").seq();
    long third =
        transactions()
            .<Event>write(() -> {
              store().append(event("c"));
              return store().append(new Event(0, Samples.T, "d", Optional.empty(), Map.of()));
            })
            .seq();
    assertThat(second).isGreaterThan(first);
    assertThat(third).isGreaterThan(second + 1);
  }

  @Test
  public void append_undone_leavesTheOrderWhole() {
    long first = append("a").seq();
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() ->
            transactions()
                .write(() -> {
                  store().append(event("b"));
                  throw new IllegalArgumentException("undo");
                }));
    assertThat(append("c").seq()).isGreaterThan(first);
  }

  @Test
  public void append_outsideOfATransaction_isRefused() {
    assertThatIllegalStateException().isThrownBy(() -> store().append(event("a")));
  }

  @Test
  public void deleteBefore_takesTheOldestInSmallParts_andNumbersGoOn() {
    long last = 0;
    for (int i = 0; i < 5; i++) {
      last = append("old").seq();
    }
    Instant after = Samples.T.plusMillis(1);
    assertThat(deleteBefore(Samples.T, 10)).isZero();
    assertThat(deleteBefore(after, 3)).isEqualTo(3);
    assertThat(deleteBefore(after, 3)).isEqualTo(2);
    assertThat(deleteBefore(after, 3)).isZero();
    assertThat(append("new").seq()).isGreaterThan(last);
  }

  private int deleteBefore(Instant before, int limit) {
    return transactions().write(() -> store().deleteBefore(before, limit));
  }

  @Test
  public void events_areFoundBehindANumber_andWhatIsKeptIsKnown() {
    assertThat(store().kept()).isEqualTo(new EventStore.Kept(1, 0));
    for (int i = 1; i <= 5; i++) {
      append("event." + i);
    }
    assertThat(store().after(2, 2)).extracting(Event::type).containsExactly("event.3", "event.4");
    assertThat(store().after(4, 2)).containsExactly(numbered(5, event("event.5")));
    assertThat(store().after(5, 2)).isEmpty();
    assertThat(store().kept()).isEqualTo(new EventStore.Kept(1, 5));
    deleteBefore(Samples.T.plusMillis(1), 2);
    assertThat(store().kept()).isEqualTo(new EventStore.Kept(3, 5));
    deleteBefore(Samples.T.plusMillis(1), 10);
    assertThat(store().kept()).isEqualTo(new EventStore.Kept(6, 5));
  }

  private static Event numbered(long seq, Event event) {
    return new Event(seq, event.at(), event.type(), event.device(), event.body());
  }
}
