package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import muster.device.DeviceStore;
import muster.group.DeviceGroup;
import muster.group.GroupStore;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [GroupStore] promises.
public abstract class GroupStoreContract {
  private static final DeviceId ONE = new DeviceId("dev_1");
  private static final DeviceId TWO = new DeviceId("dev_2");
  private static final DeviceGroup WEB = group("group_1", "web");
  private static final DeviceGroup EDGE = group("group_2", "edge " + Samples.ODD);

  protected abstract Transactions transactions();

  protected abstract DeviceStore devices();

  protected abstract GroupStore store();

  private static DeviceGroup group(String id, String name) {
    return new DeviceGroup(new GroupId(id), name, Optional.of(Samples.ODD), Samples.T);
  }

  private <T> T write(Supplier<T> work) {
    return transactions().write(work::get);
  }

  private void insert(DeviceGroup... groups) {
    write(() -> {
      List.of(groups).forEach(store()::insert);
      return true;
    });
  }

  private void insert(DeviceId... ids) {
    write(() -> {
      List.of(ids).forEach(id -> devices().insert(Samples.device(id.value())));
      return true;
    });
  }

  private List<DeviceGroup> of(DeviceId device) {
    return store().of(List.of(device)).getOrDefault(device, List.of());
  }

  @Test
  public void insert_thenFind_isTheSame() {
    DeviceGroup bare = new DeviceGroup(new GroupId("group_3"), "bare", Optional.empty(), Samples.T);
    insert(WEB, bare);
    assertThat(store().find(WEB.id())).contains(WEB);
    assertThat(store().find(bare.id())).contains(bare);
    assertThat(store().find(new GroupId("group_4"))).isEmpty();
    assertThat(store().isNameTaken("web")).isTrue();
    assertThat(store().isNameTaken("Web")).isFalse();
  }

  @Test
  public void all_areInTheOrderOfNames() {
    insert(WEB, EDGE);
    assertThat(store().all()).containsExactly(EDGE, WEB);
  }

  @Test
  public void add_twice_isOnce() {
    insert(WEB);
    insert(TWO, ONE);
    assertThat(write(() -> store().add(WEB.id(), TWO))).isTrue();
    assertThat(write(() -> store().add(WEB.id(), TWO))).isFalse();
    assertThat(write(() -> store().add(WEB.id(), ONE))).isTrue();
    assertThat(store().members(WEB.id())).containsExactly(ONE, TWO);
    assertThat(store().size(WEB.id())).isEqualTo(2);
  }

  @Test
  public void add_deviceThatIsNotThere_addsNothing() {
    insert(WEB);
    assertThat(write(() -> store().add(WEB.id(), ONE))).isFalse();
    assertThat(store().members(WEB.id())).isEmpty();
  }

  @Test
  public void remove_takesOutOfThatGroupOnly() {
    insert(WEB, EDGE);
    insert(ONE);
    write(() -> store().add(WEB.id(), ONE) && store().add(EDGE.id(), ONE));
    assertThat(of(ONE)).containsExactly(EDGE, WEB);

    assertThat(write(() -> store().remove(WEB.id(), ONE))).isTrue();
    assertThat(write(() -> store().remove(WEB.id(), ONE))).isFalse();
    assertThat(of(ONE)).containsExactly(EDGE);
    assertThat(store().size(WEB.id())).isZero();
  }

  @Test
  public void of_manyDevices_tellsEachWhereItIs() {
    insert(WEB, EDGE);
    insert(ONE, TWO, new DeviceId("dev_3"));
    write(() ->
        store().add(WEB.id(), ONE) && store().add(EDGE.id(), ONE) && store().add(WEB.id(), TWO));
    assertThat(store().of(List.of(TWO, ONE, new DeviceId("dev_3"), new DeviceId("dev_4"))))
        .isEqualTo(Map.of(ONE, List.of(EDGE, WEB), TWO, List.of(WEB)));
    assertThat(store().of(List.of())).isEmpty();
  }

  @Test
  public void delete_leavesTheDevicesAndTheOtherGroups() {
    insert(WEB, EDGE);
    insert(ONE);
    write(() -> store().add(WEB.id(), ONE) && store().add(EDGE.id(), ONE));

    assertThat(write(() -> store().delete(WEB.id()))).isTrue();
    assertThat(write(() -> store().delete(WEB.id()))).isFalse();
    assertThat(store().find(WEB.id())).isEmpty();
    assertThat(store().isNameTaken("web")).isFalse();
    assertThat(of(ONE)).containsExactly(EDGE);
    assertThat(devices().find(ONE)).isPresent();
  }

  @Test
  public void deletedDevice_isInNoGroup() {
    insert(WEB);
    insert(ONE, TWO);
    write(() -> store().add(WEB.id(), ONE) && store().add(WEB.id(), TWO));
    write(() -> devices().delete(ONE));
    assertThat(store().members(WEB.id())).containsExactly(TWO);
    assertThat(of(ONE)).isEmpty();
  }

  @Test
  public void rolledBack_nothingIsKept() {
    insert(ONE);
    try {
      write(() -> {
        store().insert(WEB);
        store().add(WEB.id(), ONE);
        throw new IllegalStateException("on purpose");
      });
    } catch (IllegalStateException expected) {
      // On purpose.
    }
    assertThat(store().all()).isEmpty();
    assertThat(of(ONE)).isEmpty();
  }
}
