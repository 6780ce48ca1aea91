package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceFields;
import muster.device.DevicePolicy;
import muster.device.DeviceQuery;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.Health;
import muster.device.LinkEnd;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [DeviceStore] promises. That lists and counts agree with the filters in memory is
/// [DeviceFilterContract]'s.
public abstract class DeviceStoreContract {
  private static final Instant T = Samples.T;

  protected abstract Transactions transactions();

  protected abstract DeviceStore store();

  private static DeviceId id(String value) {
    return new DeviceId(value);
  }

  private void insert(Device... devices) {
    transactions()
        .write(() -> {
          for (Device device : devices) {
            store().insert(device);
          }
          return true;
        });
  }

  private void update(Device device) {
    transactions()
        .write(() -> {
          store().update(device);
          return true;
        });
  }

  private boolean save(String id, DeviceState state) {
    return transactions().write(() -> store().saveState(id(id), state));
  }

  private List<String> find(String filter) {
    Page<Device> page =
        store()
            .find(
                new DeviceQuery(DeviceFields.filter(filter), DeviceFields.BY_NAME, PageRequest.ALL),
                T);
    return page.items().stream().map(device -> device.id().value()).toList();
  }

  @Test
  public void insert_thenFind_isTheSame() {
    Device full = Samples.device("dev_1").withState(Samples.state(3, T.plusSeconds(45)));
    Device bare = Samples.bare("dev_2");
    insert(full, bare);
    assertThat(store().find(id("dev_1"))).contains(full);
    assertThat(store().find(id("dev_2"))).contains(bare);
    assertThat(store().find(id("dev_3"))).isEmpty();
    assertThat(store().find(id("DEV_1"))).isEmpty();
  }

  @Test
  public void insert_sameIdOrHardware_isRefused() {
    insert(Samples.device("dev_1"), Samples.bare("dev_2"), Samples.bare("dev_3"));
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> insert(Samples.device("dev_1")));
    Device twin = Samples.device("dev_1");
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() ->
            insert(
                new Device(
                    id("dev_4"),
                    twin.name(),
                    twin.tags(),
                    twin.approval(),
                    twin.condition(),
                    twin.facts(),
                    twin.metadata(),
                    twin.hardwareId(),
                    twin.createdAt(),
                    twin.updatedAt(),
                    twin.decisions(),
                    twin.state())));
    assertThat(find("")).containsExactly("dev_2", "dev_3", "dev_1");
  }

  @Test
  public void findByHardwareId_isExact() {
    insert(Samples.device("dev_1"), Samples.bare("dev_2"));
    assertThat(store().findByHardwareId("hw-dev_1").map(Device::id)).contains(id("dev_1"));
    assertThat(store().findByHardwareId("HW-dev_1")).isEmpty();
    assertThat(store().findByHardwareId("")).isEmpty();
  }

  @Test
  public void isNameTaken_ignoresTheCaseOfLetters() {
    insert(Samples.device("dev_1").withName("Web-1"));
    assertThat(store().isNameTaken("web-1")).isTrue();
    assertThat(store().isNameTaken("web-10")).isFalse();
    assertThat(store().isNameTaken("web_1")).isFalse();
  }

  @Test
  public void update_replacesAllButTheState() {
    DeviceState state = Samples.state(3, DeviceState.HELD);
    insert(Samples.device("dev_1").withState(state), Samples.device("dev_2"));
    Device changed =
        Samples.bare("dev_1")
            .withName("other")
            .withTags(new TreeSet<>(List.of("new")))
            .withApproval(Approval.BLOCKED, T.plusSeconds(9))
            .withFacts(
                new DeviceFacts(
                    Optional.empty(),
                    Optional.of("2"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of("file"),
                    Optional.of(
                        new DevicePolicy(
                            DevicePolicy.State.BROKEN,
                            Optional.of("offset 3: " + Samples.ODD),
                            Map.of()))))
            .withState(Samples.state(99, T));
    update(changed);
    assertThat(store().find(id("dev_1"))).contains(changed.withState(state));
    assertThat(find("tag:prod")).containsExactly("dev_2");
    assertThat(find("tag:new")).containsExactly("dev_1");
    assertThat(find("capability:bash")).containsExactly("dev_2");
    assertThat(find("metadata.rack:7")).containsExactly("dev_2");
    assertThat(find("name:*othe*")).containsExactly("dev_1");
    assertThat(find("name:*of*")).containsExactly("dev_2");
  }

  @Test
  public void delete_takesAllOfIt() {
    insert(Samples.device("dev_1").withState(Samples.state(1, DeviceState.HELD)));
    assertThat(transactions().<Boolean>write(() -> store().delete(id("dev_1")))).isTrue();
    assertThat(transactions().<Boolean>write(() -> store().delete(id("dev_1")))).isFalse();
    assertThat(store().find(id("dev_1"))).isEmpty();
    assertThat(find("")).isEmpty();
    assertThat(find("tag:prod OR name:*name*")).isEmpty();
    assertThat(store().count(Filter.ALL, T)).isEqualTo(new DeviceStore.Counts(0, 0));
    assertThat(save("dev_1", Samples.state(9, T))).isFalse();
    insert(Samples.device("dev_1"));
    assertThat(store().find(id("dev_1"))).contains(Samples.device("dev_1"));
  }

  @Test
  public void saveState_sameOrNewerEpoch_isStored() {
    insert(Samples.device("dev_1"), Samples.device("dev_2"));
    DeviceState first = Samples.state(1, DeviceState.HELD);
    assertThat(save("dev_1", first)).isTrue();
    assertThat(store().find(id("dev_1")).orElseThrow().state()).isEqualTo(first);
    DeviceState later = first.disconnected(LinkEnd.BROKEN, Duration.ZERO, T);
    assertThat(save("dev_1", later)).isTrue();
    assertThat(store().find(id("dev_1")).orElseThrow().state()).isEqualTo(later);
    assertThat(store().find(id("dev_2")).orElseThrow().state()).isEqualTo(DeviceState.NEVER_SEEN);
  }

  @Test
  public void saveState_olderEpoch_isVoid() {
    DeviceState newer = Samples.state(5, DeviceState.HELD);
    insert(Samples.device("dev_1").withState(newer));
    assertThat(save("dev_1", Samples.state(4, T))).isFalse();
    assertThat(store().find(id("dev_1")).orElseThrow().state()).isEqualTo(newer);
    assertThat(save("dev_9", newer)).isFalse();
  }

  @Test
  public void saveState_withoutASample_forgetsTheOld() {
    insert(Samples.device("dev_1").withState(Samples.state(1, T)));
    DeviceState bare =
        new DeviceState(
            2,
            T,
            true,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    assertThat(save("dev_1", bare)).isTrue();
    assertThat(store().find(id("dev_1")).orElseThrow().state()).isEqualTo(bare);
  }

  @Test
  public void saveStates_storesThoseThatCount() {
    insert(
        Samples.device("dev_1"),
        Samples.device("dev_2").withState(Samples.state(7, T)),
        Samples.device("dev_3"));
    Map<DeviceId, DeviceState> states =
        Map.of(
            id("dev_1"), Samples.state(1, T),
            id("dev_2"), Samples.state(6, DeviceState.HELD),
            id("dev_3"), Samples.state(1, DeviceState.HELD),
            id("dev_9"), Samples.state(1, T));
    assertThat(transactions().<Integer>write(() -> store().saveStates(states))).isEqualTo(2);
    assertThat(store().find(id("dev_2")).orElseThrow().state().epoch()).isEqualTo(7);
    assertThat(store().find(id("dev_3")).orElseThrow().state().isHeld()).isTrue();
  }

  @Test
  public void saveState_ofEachMeasure_isGivenBack() {
    insert(Samples.device("dev_1"));
    Health none =
        new Health(
            T,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    long epoch = 1;
    for (Health health : List.of(none, Samples.health(T), none)) {
      DeviceState state = DeviceState.NEVER_SEEN.connected("a", T).heard(T, Optional.of(health));
      DeviceState numbered =
          new DeviceState(
              epoch++,
              state.onlineUntil(),
              false,
              state.announced(),
              state.since(),
              state.lastSeen(),
              state.address(),
              state.ended(),
              state.health());
      save("dev_1", numbered);
      assertThat(store().find(id("dev_1")).orElseThrow().state()).isEqualTo(numbered);
    }
  }

  @Test
  public void saveState_ofEachEnd_isGivenBack() {
    insert(Samples.device("dev_1"));
    DeviceState held = Samples.state(1, DeviceState.HELD);
    for (LinkEnd why : LinkEnd.values()) {
      DeviceState ended = held.disconnected(why, Duration.ZERO, T);
      assertThat(save("dev_1", ended)).isTrue();
      assertThat(store().find(id("dev_1")).orElseThrow().state()).isEqualTo(ended);
    }
  }

  @Test
  public void held_countsTheLeasesOfOpenLinks() {
    assertThat(store().held()).isZero();
    DeviceState held = Samples.state(1, DeviceState.HELD);
    insert(
        Samples.device("dev_1").withState(held),
        Samples.device("dev_2").withState(held),
        Samples.device("dev_3").withState(Samples.state(1, T)),
        Samples.device("dev_4"));
    assertThat(store().held()).isEqualTo(2);
  }

  @Test
  public void awaitReturn_prolongsWhatIsThereAndNothingElse() {
    Device longer = Samples.device("dev_longer").withState(Samples.state(2, T.plusSeconds(60)));
    Device ended = Samples.device("dev_ended").withState(Samples.state(2, T));
    DeviceState goodbye =
        Samples.state(2, DeviceState.HELD).disconnected(LinkEnd.GOODBYE, Duration.ZERO, T);
    Device left = Samples.device("dev_left").withState(goodbye);
    insert(
        Samples.device("dev_held").withState(Samples.state(1, DeviceState.HELD)),
        Samples.device("dev_running").withState(Samples.state(2, T.plusSeconds(10))),
        Samples.device("dev_absurd").withState(Samples.state(2, T.plusSeconds(3 * 3600))),
        longer,
        ended,
        left,
        Samples.device("dev_never"));
    Instant until = T.plusSeconds(45);
    Instant latest = T.plusSeconds(95);
    assertThat(transactions().<Integer>write(() -> store().awaitReturn(T, until, latest)))
        .isEqualTo(3);
    DeviceState held = store().find(id("dev_held")).orElseThrow().state();
    assertThat(held.onlineUntil()).isEqualTo(until);
    assertThat(held.uncertain()).isTrue();
    assertThat(held.announced()).isTrue();
    assertThat(held.epoch()).isEqualTo(1);
    assertThat(held.ended()).contains(LinkEnd.RESTART);
    DeviceState running = store().find(id("dev_running")).orElseThrow().state();
    assertThat(running.onlineUntil()).isEqualTo(until);
    assertThat(running.uncertain()).isTrue();
    assertThat(running.ended()).contains(LinkEnd.BROKEN);
    assertThat(store().find(id("dev_longer"))).contains(longer);
    assertThat(store().find(id("dev_ended"))).contains(ended);
    assertThat(store().find(id("dev_left"))).contains(left);
    assertThat(store().find(id("dev_never")).orElseThrow().state())
        .isEqualTo(DeviceState.NEVER_SEEN);
    assertThat(find("status:unknown")).containsExactly("dev_absurd", "dev_held", "dev_running");
  }

  @Test
  public void openLeases_areThoseNobodyHasDealtWith() {
    DeviceState ended = Samples.state(1, T.minusSeconds(1));
    insert(
        Samples.device("dev_held").withState(Samples.state(1, DeviceState.HELD)),
        Samples.device("dev_running").withState(Samples.state(1, T.plusSeconds(9))),
        Samples.device("dev_ended").withState(ended),
        Samples.device("dev_said").withState(ended.expired()),
        Samples.device("dev_bye")
            .withState(
                Samples.state(1, DeviceState.HELD).disconnected(LinkEnd.GOODBYE, Duration.ZERO, T)),
        Samples.device("dev_never"));
    assertThat(store().openLeases())
        .isEqualTo(Map.of(id("dev_running"), T.plusSeconds(9), id("dev_ended"), T.minusSeconds(1)));
  }

  @Test
  public void count_knowsTotalAndOnline() {
    insert(
        Samples.device("dev_1").withState(Samples.state(1, DeviceState.HELD)),
        Samples.device("dev_2").withState(Samples.state(1, T.plusMillis(1))),
        Samples.device("dev_3").withState(Samples.state(1, T)),
        Samples.bare("dev_4"));
    assertThat(store().count(Filter.ALL, T)).isEqualTo(new DeviceStore.Counts(4, 2));
    assertThat(store().count(DeviceFields.filter("tag:prod"), T))
        .isEqualTo(new DeviceStore.Counts(3, 2));
    assertThat(store().count(DeviceFields.filter("name:nothing"), T))
        .isEqualTo(new DeviceStore.Counts(0, 0));
    assertThat(store().total(Filter.ALL, T)).isEqualTo(4);
    assertThat(store().total(DeviceFields.filter("NOT tag:prod"), T)).isEqualTo(1);
  }

  @Test
  public void find_insideATransaction_seesItsChanges() {
    transactions()
        .write(() -> {
          store().insert(Samples.device("dev_1"));
          assertThat(store().find(id("dev_1"))).isPresent();
          assertThat(store().isNameTaken("name of dev_1")).isTrue();
          assertThat(find("tag:prod")).containsExactly("dev_1");
          assertThat(store().count(Filter.ALL, T).total()).isEqualTo(1);
          return true;
        });
  }
}
