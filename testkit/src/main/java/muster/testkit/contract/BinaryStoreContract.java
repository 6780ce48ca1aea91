package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.binary.Binary;
import muster.binary.BinaryStore;
import muster.binary.Label;
import muster.binary.Signature;
import muster.binary.Upload;
import muster.binary.UploadStore;
import muster.blob.Checksum;
import muster.id.BinaryId;
import muster.id.UploadId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// What [BinaryStore] and [UploadStore] promise.
public abstract class BinaryStoreContract {
  private static final Instant T = Samples.T;

  /// What every name bears: no control and no formatting characters.
  private static final String ODD = "ä ß 😀 \"'\\ % _ * <b>";

  private static final Checksum ONE = Checksum.of(new byte[] {1});
  private static final Checksum TWO = Checksum.of(new byte[] {2});

  protected abstract Transactions transactions();

  protected abstract BinaryStore binaries();

  protected abstract UploadStore uploads();

  private static Label bare(String name) {
    return new Label(
        name, "2.0.0", "pi", Optional.empty(), Map.of(), Optional.empty(), Optional.empty());
  }

  private static Label full(String name, String architecture) {
    byte[] signature = new byte[74];
    signature[0] = 'E';
    signature[1] = 'D';
    return new Label(
        name,
        "2.0.0",
        "pi",
        Optional.of(architecture),
        Map.of("a", ODD, "b", "2"),
        Optional.of("application/zip"),
        Optional.of(new Signature(Base64.getEncoder().encodeToString(signature))));
  }

  private static Binary binary(String id, Label label, Checksum checksum) {
    return new Binary(
        new BinaryId("bin_" + id), label, checksum, 5_000_000_000L, "key:ci", "key:key_1", T);
  }

  private static Upload upload(String id, Optional<Checksum> checksum, Instant until) {
    return new Upload(
        new UploadId("upl_" + id),
        full(ODD, "arm64"),
        5_000_000_000L,
        checksum,
        "user:anna",
        "user:usr_1",
        T,
        until);
  }

  private void insert(Binary... some) {
    transactions()
        .write(() -> {
          List.of(some).forEach(binaries()::insert);
          return true;
        });
  }

  private void insert(Upload... some) {
    transactions()
        .write(() -> {
          List.of(some).forEach(uploads()::insert);
          return true;
        });
  }

  @Test
  public void binary_isFoundAsItWas() {
    Binary bare = binary("1", bare("a"), ONE);
    Binary full = binary("2", full(ODD, "arm64"), TWO);
    insert(bare, full);
    assertThat(binaries().find(bare.id())).contains(bare);
    assertThat(binaries().find(full.id())).contains(full);
    assertThat(binaries().find(new BinaryId("bin_3"))).isEmpty();
    assertThat(binaries().find(full(ODD, "arm64"))).contains(full);
    assertThat(binaries().find(full(ODD, "amd64"))).isEmpty();
    assertThat(binaries().find(bare(ODD))).as("for any architecture").isEmpty();
  }

  @Test
  public void binary_ofTheSameLabelTwice_isRefused() {
    insert(binary("1", bare("a"), ONE));
    assertThatThrownBy(() -> insert(binary("2", bare("a"), TWO)))
        .isInstanceOf(RuntimeException.class);
    insert(binary("3", full("a", "arm64"), ONE));
  }

  @Test
  public void list_isNewestFirst_pageByPage() {
    Binary one = binary("1", bare("a"), ONE);
    Binary two = binary("2", full("a", "arm64"), ONE);
    Binary three = binary("3", bare("b"), TWO);
    insert(one, two, three);
    Page<Binary> first = binaries().list(Optional.empty(), PageRequest.first(2));
    assertThat(first.items()).containsExactly(three, two);
    Page<Binary> last = binaries().list(Optional.empty(), new PageRequest(2, first.next()));
    assertThat(last.items()).containsExactly(one);
    assertThat(last.next()).isEmpty();
    assertThat(binaries().list(Optional.of("a"), PageRequest.first(2)).items())
        .containsExactly(two, one);
    assertThat(binaries().list(Optional.of("A"), PageRequest.first(2)).items()).isEmpty();
  }

  @Test
  public void content_isNamedUntilTheLastIsDeleted() {
    Binary one = binary("1", bare("a"), ONE);
    Binary two = binary("2", bare("b"), ONE);
    insert(one, two);
    assertThat(binaries().isNamed(ONE)).isTrue();
    assertThat(binaries().isNamed(TWO)).isFalse();
    for (Binary each : List.of(one, two)) {
      assertThat(binaries().isNamed(ONE)).isTrue();
      assertThat(transactions().write(() -> binaries().delete(each.id()))).isTrue();
    }
    assertThat(binaries().isNamed(ONE)).isFalse();
    assertThat(transactions().write(() -> binaries().delete(one.id()))).isFalse();
  }

  @Test
  public void upload_isFoundAsItWas_byItsIdAndByWhatItIs() {
    Upload old = upload("1", Optional.of(ONE), T.plusSeconds(60));
    Upload same = upload("2", Optional.of(ONE), T.plusSeconds(60));
    Upload unsaid = upload("3", Optional.empty(), T.plusSeconds(60));
    insert(old, same, unsaid);
    assertThat(uploads().find(old.id())).contains(old);
    assertThat(uploads().find(unsaid.id())).contains(unsaid);
    assertThat(uploads().count()).isEqualTo(3);
    Label label = full(ODD, "arm64");
    assertThat(uploads().find("user:usr_1", label, old.size(), ONE)).contains(same);
    assertThat(uploads().find("user:usr_2", label, old.size(), ONE)).isEmpty();
    assertThat(uploads().find("user:usr_1", label, 1, ONE)).isEmpty();
    assertThat(uploads().find("user:usr_1", label, old.size(), TWO)).isEmpty();
    assertThat(uploads().find("user:usr_1", bare(ODD), old.size(), ONE)).isEmpty();
  }

  @Test
  public void upload_isDueWhenItsTimeHasPassed() {
    Upload late = upload("1", Optional.empty(), T.plusSeconds(60));
    Upload first = upload("2", Optional.empty(), T.plusSeconds(30));
    insert(late, first);
    assertThat(uploads().due(T.plusSeconds(29), 9)).isEmpty();
    assertThat(uploads().due(T.plusSeconds(60), 9)).containsExactly(first, late);
    assertThat(uploads().due(T.plusSeconds(60), 1)).containsExactly(first);
    assertThat(transactions().write(() -> uploads().delete(first.id()))).isTrue();
    assertThat(transactions().write(() -> uploads().delete(first.id()))).isFalse();
    assertThat(uploads().due(T.plusSeconds(60), 9)).containsExactly(late);
  }
}
