package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.function.Supplier;
import muster.device.DeviceStore;
import muster.group.DeviceGroup;
import muster.group.GroupStore;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.routing.Preference;
import muster.routing.Preference.Target;
import muster.routing.PreferenceStore;
import muster.tx.Transactions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What [PreferenceStore] promises.
public abstract class PreferenceStoreContract {
  private static final DeviceId DEVICE = new DeviceId("dev_1");
  private static final GroupId GROUP = new GroupId("group_1");
  private static final Preference OF_DEVICE =
      new Preference("read_file", new Target.OneDevice(DEVICE), false, Samples.T);
  private static final Preference OF_GROUP =
      new Preference("bash", new Target.OneOfGroup(GROUP), true, Samples.T.plusMillis(1));

  protected abstract Transactions transactions();

  protected abstract DeviceStore devices();

  protected abstract GroupStore groups();

  protected abstract PreferenceStore store();

  private <T> T write(Supplier<T> work) {
    return transactions().write(work::get);
  }

  private void save(Preference preference) {
    write(() -> {
      store().save(preference);
      return true;
    });
  }

  @BeforeEach
  public void targets() {
    write(() -> {
      devices().insert(Samples.device(DEVICE.value()));
      groups().insert(new DeviceGroup(GROUP, "web", Optional.empty(), Samples.T));
      return true;
    });
  }

  @Test
  public void save_thenFind_isTheSame() {
    save(OF_DEVICE);
    save(OF_GROUP);
    assertThat(store().find("read_file")).contains(OF_DEVICE);
    assertThat(store().find("bash")).contains(OF_GROUP);
    assertThat(store().find("write_file")).isEmpty();
    assertThat(store().all()).containsExactly(OF_GROUP, OF_DEVICE);
  }

  @Test
  public void save_ofTheSameTool_replaces() {
    save(OF_GROUP);
    Preference other =
        new Preference("bash", new Target.OneDevice(DEVICE), false, Samples.T.plusSeconds(9));
    save(other);
    assertThat(store().all()).containsExactly(other);
    save(OF_GROUP);
    assertThat(store().all()).containsExactly(OF_GROUP);
  }

  @Test
  public void delete_saysWhetherThereWasOne() {
    save(OF_DEVICE);
    assertThat(write(() -> store().delete("read_file"))).isTrue();
    assertThat(write(() -> store().delete("read_file"))).isFalse();
    assertThat(store().all()).isEmpty();
  }

  @Test
  public void preference_goesWithItsDeviceOrGroup() {
    save(OF_DEVICE);
    save(OF_GROUP);
    write(() -> devices().delete(DEVICE));
    assertThat(store().all()).containsExactly(OF_GROUP);
    write(() -> groups().delete(GROUP));
    assertThat(store().all()).isEmpty();
  }
}
