package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import muster.blob.BlobStore;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.id.BlobId;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// What [BlobStore] promises, of one with a budget of [#BUDGET] bytes.
public abstract class BlobStoreContract {
  protected static final long BUDGET = 100;

  private static final BlobId ID = new BlobId("xfr_1");
  private static final BlobId OTHER = new BlobId("xfr_2");

  protected abstract BlobStore store();

  /// Ends the store as a kill would, and starts it again.
  protected abstract void crash();

  private void append(BlobId id, long offset, String text) {
    try (BlobStore.Writer writer = store().append(id, offset)) {
      byte[] bytes = bytes(text);
      writer.write(bytes, 0, bytes.length);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private String content(BlobId id, long offset) throws IOException {
    try (InputStream in = store().open(id, offset)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static void refused(String reason, ThrowingCallable call) {
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(call)
        .matches(fault -> fault.reason().equals(reason));
  }

  @Test
  public void append_goesOnWhereItWas_afterACrashToo() throws IOException {
    append(ID, 0, "one ");
    append(ID, 4, "two ");
    crash();
    assertThat(store().length(ID)).isEqualTo(8);
    append(ID, 8, "three");
    assertThat(content(ID, 0)).isEqualTo("one two three");
    assertThat(store().seal(ID)).isEqualTo(Checksum.of(bytes("one two three")));
    assertThat(content(ID, 8)).isEqualTo("three");
  }

  @Test
  public void append_elsewhere_isRefusedAndChangesNothing() throws IOException {
    append(ID, 0, "abc");
    refused("wrong_offset", () -> append(ID, 2, "x"));
    refused("wrong_offset", () -> append(ID, 4, "x"));
    refused("wrong_offset", () -> append(OTHER, 1, "x"));
    append(ID, 3, "d");
    assertThat(content(ID, 0)).isEqualTo("abcd");
  }

  @Test
  public void append_whileAnotherDoes_isRefused() {
    try (BlobStore.Writer first = store().append(ID, 0)) {
      first.write(bytes("abc"), 1, 1);
      assertThat(store().length(ID)).isEqualTo(first.length()).isEqualTo(1);
      refused("blob_busy", () -> append(ID, 1, "x"));
    }
    append(ID, 1, "x");
  }

  @Test
  public void undo_takesBackWhatWasWrittenSince() throws IOException {
    append(ID, 0, "abc");
    try (BlobStore.Writer writer = store().append(ID, 3)) {
      writer.write(bytes("wrong"), 0, 5);
      writer.undo();
      assertThat(writer.length()).isEqualTo(3);
      writer.write(bytes("d"), 0, 1);
    }
    assertThat(store().seal(ID)).isEqualTo(Checksum.of(bytes("abcd")));
    assertThat(content(ID, 0)).isEqualTo("abcd");
    assertThat(store().used()).isEqualTo(4);
  }

  @Test
  public void sealed_staysAsItIs() throws IOException {
    append(ID, 0, "abc");
    Checksum checksum = store().seal(ID);
    refused("wrong_offset", () -> append(ID, 3, "d"));
    crash();
    assertThat(store().isSealed(ID)).isTrue();
    assertThat(store().seal(ID)).isEqualTo(checksum).isEqualTo(Checksum.of(bytes("abc")));
    assertThat(content(ID, 0)).isEqualTo("abc");
  }

  @Test
  public void nothing_canBeSealed() throws IOException {
    assertThat(store().isSealed(ID)).isFalse();
    assertThat(store().seal(ID)).isEqualTo(Checksum.of(new byte[0]));
    assertThat(store().isSealed(ID)).isTrue();
    assertThat(content(ID, 0)).isEmpty();
  }

  @Test
  public void rename_keepsWhatIsSealedUnderAnotherName_afterACrashToo() throws IOException {
    append(ID, 0, "abc");
    assertThatExceptionOfType(Fault.class).isThrownBy(() -> store().rename(ID, OTHER));
    Checksum checksum = store().seal(ID);
    try (InputStream reader = store().open(ID, 0)) {
      store().rename(ID, OTHER);
      assertThat(reader.readAllBytes()).as("who reads it reads on").hasSize(3);
    }
    assertThat(store().ids()).containsExactly(OTHER);
    crash();
    assertThat(store().ids()).containsExactly(OTHER);
    assertThat(store().isSealed(OTHER)).isTrue();
    assertThat(store().seal(OTHER)).isEqualTo(checksum);
    assertThat(content(OTHER, 0)).isEqualTo("abc");
    assertThat(store().used()).isEqualTo(3);
    append(ID, 0, "new");
    assertThat(content(OTHER, 0)).isEqualTo("abc");
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> store().rename(new BlobId("xfr_3"), new BlobId("xfr_4")));
  }

  @Test
  public void delete_leavesNothing_andStopsWhoWrites() {
    append(OTHER, 0, "abc");
    BlobStore.Writer writer = store().append(ID, 0);
    writer.write(bytes("abc"), 0, 3);
    store().delete(ID);
    assertThatExceptionOfType(Fault.class).isThrownBy(() -> writer.write(bytes("d"), 0, 1));
    writer.close();
    store().delete(ID);
    assertThat(store().ids()).containsExactly(OTHER);
    assertThat(store().used()).isEqualTo(3);
    assertThat(store().length(ID)).isZero();
    assertThatExceptionOfType(Fault.class).isThrownBy(() -> store().open(ID, 0));
    append(ID, 0, "new");
  }

  @Test
  public void budget_isKept_acrossCrashes() throws IOException {
    append(ID, 0, "x".repeat(60));
    crash();
    assertThat(store().used()).isEqualTo(60);
    refused("spool_full", () -> append(OTHER, 0, "y".repeat(41)));
    assertThat(store().length(OTHER)).isZero();
    append(OTHER, 0, "y".repeat(40));
    store().delete(ID);
    append(OTHER, 40, "y".repeat(60));
    assertThat(content(OTHER, 0)).isEqualTo("y".repeat(100));
    assertThat(store().budget()).isEqualTo(BUDGET);
  }
}
