package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.campaign.Campaign;
import muster.campaign.CampaignStore;
import muster.id.CampaignId;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.id.GroupId;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [CampaignStore] promises.
public abstract class CampaignStoreContract {
  private static final Instant T = Samples.T;
  private static final DeviceId ONE = new DeviceId("dev_1");
  private static final DeviceId TWO = new DeviceId("dev_2");
  private static final DeviceId THREE = new DeviceId("dev_3");

  protected abstract Transactions transactions();

  protected abstract CampaignStore store();

  private static Campaign campaign(String id, Instant createdAt, Optional<String> key) {
    return new Campaign(
        new CampaignId(id),
        new GroupId("group_1"),
        "bash",
        Map.of("argv", List.of("echo", Samples.ODD), "number", 7L),
        Duration.ofMillis(1_234),
        2,
        "key:ci",
        "key:key_1",
        key,
        createdAt,
        Optional.empty());
  }

  private static Campaign.Part waiting(DeviceId device) {
    return new Campaign.Part(device, Optional.empty(), Optional.empty());
  }

  private static Campaign.Part skipped(DeviceId device, String why) {
    return new Campaign.Part(device, Optional.empty(), Optional.of(why));
  }

  private static Campaign.Part started(DeviceId device, CommandId command) {
    return new Campaign.Part(device, Optional.of(command), Optional.empty());
  }

  private void write(Runnable work) {
    transactions()
        .write(() -> {
          work.run();
          return true;
        });
  }

  private Campaign insert(String id, Campaign.Part... parts) {
    Campaign campaign = campaign(id, T, Optional.empty());
    write(() -> store().insert(campaign, List.of(parts)));
    return campaign;
  }

  private Optional<CampaignId> ended(CommandId command) {
    return transactions().write(() -> store().ended(command));
  }

  @Test
  public void insert_thenFind_isTheSame() {
    Campaign bare = insert("gexec_1");
    Campaign keyed = campaign("gexec_2", T.plusMillis(1), Optional.of("once"));
    write(() -> store().insert(keyed, List.of(waiting(TWO), skipped(ONE, Samples.ODD))));

    assertThat(store().find(bare.id())).contains(bare);
    assertThat(store().find(keyed.id())).contains(keyed);
    assertThat(store().find(new CampaignId("gexec_3"))).isEmpty();
    assertThat(store().find("key:key_1", "once")).contains(keyed);
    assertThat(store().find("key:key_2", "once")).isEmpty();
    assertThat(store().find("key:key_1", "twice")).isEmpty();
    assertThat(store().parts(bare.id())).isEmpty();
    assertThat(store().parts(keyed.id()))
        .extracting(CampaignStore.Standing::part)
        .containsExactly(skipped(ONE, Samples.ODD), waiting(TWO));
  }

  @Test
  public void insert_withAKeyThatWasUsed_isRefused() {
    write(() -> store().insert(campaign("gexec_1", T, Optional.of("once")), List.of()));
    assertThatException()
        .isThrownBy(() ->
            write(() -> store().insert(campaign("gexec_2", T, Optional.of("once")), List.of())));
    assertThat(store().find(new CampaignId("gexec_2"))).isEmpty();
  }

  @Test
  public void parts_goFromWaitingToRunningToEnded() {
    CampaignId id = insert("gexec_1", waiting(THREE), waiting(ONE), skipped(TWO, "offline")).id();
    CommandId command = new CommandId("exec_1");
    assertThat(store().waiting(id, 10)).containsExactly(ONE, THREE);
    assertThat(store().waiting(id, 1)).containsExactly(ONE);
    assertThat(store().running(id)).isZero();

    write(() -> store().started(id, ONE, command));
    assertThat(store().waiting(id, 10)).containsExactly(THREE);
    assertThat(store().running(id)).isEqualTo(1);

    write(() -> store().skipped(id, THREE, "deleted"));
    assertThat(store().waiting(id, 10)).isEmpty();
    assertThat(store().running(id)).isEqualTo(1);

    assertThat(ended(command)).contains(id);
    assertThat(store().running(id)).isZero();
    assertThat(store().parts(id))
        .extracting(CampaignStore.Standing::part)
        .containsExactly(started(ONE, command), skipped(TWO, "offline"), skipped(THREE, "deleted"));
  }

  @Test
  public void ended_ofACommandOutsideAllCampaigns_isNobodys() {
    insert("gexec_1", waiting(ONE));
    assertThat(ended(new CommandId("exec_1"))).isEmpty();
  }

  @Test
  public void campaigns_doNotTouchEachOther() {
    CampaignId one = insert("gexec_1", waiting(ONE)).id();
    CampaignId two = insert("gexec_2", waiting(ONE)).id();
    CommandId command = new CommandId("exec_1");
    write(() -> store().started(one, ONE, command));
    assertThat(store().waiting(two, 10)).containsExactly(ONE);
    assertThat(store().running(two)).isZero();
    assertThat(ended(command)).contains(one);
    assertThat(store().waiting(two, 10)).containsExactly(ONE);
  }

  @Test
  public void open_areThoseThatHaveNotFinished_oldestFirst() {
    Campaign late = campaign("gexec_1", T.plusSeconds(2), Optional.empty());
    Campaign early = campaign("gexec_2", T, Optional.empty());
    Campaign over = campaign("gexec_3", T.plusSeconds(1), Optional.empty());
    write(() -> {
      store().insert(late, List.of());
      store().insert(early, List.of());
      store().insert(over, List.of());
      store().finished(over.id(), T.plusSeconds(9));
    });
    assertThat(store().open()).containsExactly(early.id(), late.id());
    assertThat(store().find(over.id()).flatMap(Campaign::finishedAt)).contains(T.plusSeconds(9));
  }

  @Test
  public void deleteFinished_takesTheOldestThatAreOver_withTheirParts() {
    for (int i = 0; i < 4; i++) {
      Campaign campaign = campaign("gexec_" + i, T.plusSeconds(i), Optional.empty());
      write(() -> store().insert(campaign, List.of(waiting(ONE))));
    }
    write(() -> {
      store().finished(new CampaignId("gexec_0"), T.plusSeconds(9));
      store().finished(new CampaignId("gexec_1"), T.plusSeconds(9));
      store().finished(new CampaignId("gexec_3"), T.plusSeconds(9));
    });
    Instant before = T.plusSeconds(3);
    assertThat(transactions().write(() -> store().deleteFinished(before, 1))).isEqualTo(1);
    assertThat(store().find(new CampaignId("gexec_0"))).isEmpty();
    assertThat(store().parts(new CampaignId("gexec_0"))).isEmpty();
    assertThat(transactions().write(() -> store().deleteFinished(before, 9))).isEqualTo(1);
    assertThat(store().open()).containsExactly(new CampaignId("gexec_2"));
    assertThat(store().find(new CampaignId("gexec_3"))).isPresent();
  }
}
