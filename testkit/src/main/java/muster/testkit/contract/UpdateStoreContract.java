package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.id.BinaryId;
import muster.id.UpdateId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.rollout.Pacing;
import muster.rollout.Strategy;
import muster.tx.Transactions;
import muster.update.Artifact;
import muster.update.Update;
import muster.update.UpdateStore;
import org.junit.jupiter.api.Test;

/// What [UpdateStore] promises.
public abstract class UpdateStoreContract {
  private static final Artifact URL = artifact("linux", "https://example.org/a");
  private static final String ODD = "ä ß 😀 \"'\\ % _ * <b>";

  protected abstract Transactions transactions();

  protected abstract UpdateStore store();

  private static Artifact artifact(String platform, String source) {
    return new Artifact(
        platform,
        Optional.of("arm64"),
        source,
        "sha256:" + "ab".repeat(32),
        5_000_000_000L,
        Optional.of(Artifact.Type.ARCHIVE),
        Optional.of("untrusted comment: x\n" + ODD),
        Optional.of("/opt/app"),
        List.of("sh", "-c", ODD),
        List.of(),
        Optional.of("rauc"));
  }

  private static Update update(String id, String name, String version, Artifact... artifacts) {
    return new Update(
        new UpdateId(id),
        new Update.Content(
            name,
            version,
            ODD,
            List.of(artifacts),
            new Pacing(
                Optional.of(Strategy.CANARY),
                Optional.of(7),
                Optional.of(12.5),
                Optional.of(0.5),
                Optional.of(3),
                Optional.empty(),
                Optional.of(Duration.ofSeconds(90)),
                Optional.of(Duration.ofMillis(1500)),
                Optional.of(true),
                Optional.of(false),
                Optional.empty(),
                Optional.of(Duration.ofHours(2))),
            Map.of("channel", "beta " + ODD)),
        Update.Status.READY,
        "key:ci",
        Samples.T);
  }

  private void insert(Update... updates) {
    transactions()
        .write(() -> {
          List.of(updates).forEach(store()::insert);
          return true;
        });
  }

  @Test
  public void insert_thenFind_isTheSame() {
    Update update =
        update(
            "upd_1",
            ODD,
            "1.0.0",
            artifact("linux", "https://example.org/a"),
            artifact("", "binary:bin_1"));
    insert(update);
    assertThat(store().find(update.id())).contains(update);
    assertThat(store().find(ODD, "1.0.0")).contains(update);
    assertThat(store().find(ODD, "1.0.1")).isEmpty();
    assertThat(store().find(new UpdateId("upd_2"))).isEmpty();
  }

  @Test
  public void list_isNewestFirst_inPages() {
    insert(
        update("upd_1", "app", "1", URL),
        update("upd_2", "other", "1", URL),
        update("upd_3", "app", "2", URL),
        update("upd_4", "app", "3", URL));
    Page<Update> first = store().list(Optional.of("app"), new PageRequest(2, Optional.empty()));
    assertThat(first.items()).extracting(one -> one.id().value()).containsExactly("upd_4", "upd_3");
    Page<Update> rest = store().list(Optional.of("app"), new PageRequest(2, first.next()));
    assertThat(rest.items()).extracting(one -> one.id().value()).containsExactly("upd_1");
    assertThat(rest.next()).isEmpty();
    assertThat(store().list(Optional.empty(), new PageRequest(9, Optional.empty())).items())
        .hasSize(4);
  }

  @Test
  public void binary_isNamed_asLongAsItsUpdateIsDeployed() {
    insert(
        update("upd_1", "app", "1", artifact("linux", "binary:bin_1")),
        update("upd_2", "app", "2", artifact("linux", "https://example.org/a")));
    BinaryId binary = new BinaryId("bin_1");
    assertThat(store().naming(binary)).contains(new UpdateId("upd_1"));
    assertThat(store().naming(new BinaryId("bin_2"))).isEmpty();
    transactions()
        .write(() -> {
          store().setStatus(new UpdateId("upd_1"), Update.Status.DEPRECATED);
          return true;
        });
    assertThat(store().naming(binary)).isEmpty();
    assertThat(store().find(new UpdateId("upd_1")).orElseThrow().status())
        .isEqualTo(Update.Status.DEPRECATED);
  }
}
