package muster.it.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import muster.blob.BlobStore;
import muster.fault.Fault;
import muster.id.BlobId;
import muster.store.FileBlobStore;
import muster.testkit.contract.BlobStoreContract;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The contract of blobs, on files, and what files have besides.
class FileBlobsTest {
  @TempDir Path directory;

  @Nested
  class OfBlobs extends BlobStoreContract {
    private BlobStore store;

    @BeforeEach
    void open() {
      store = FileBlobStore.open(directory.resolve("spool"), BUDGET);
    }

    @Override
    protected BlobStore store() {
      return store;
    }

    @Override
    protected void crash() {
      open();
    }
  }

  @Test
  void directory_isForTheServerOnly_andOtherFilesInItAreLeftAlone() throws IOException {
    Path spool = directory.resolve("spool");
    FileBlobStore.open(spool, 100);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(spool)))
        .isEqualTo("rwx------");
    Files.writeString(spool.resolve("Notes.txt"), "of somebody else");
    assertThat(FileBlobStore.open(spool, 100).ids()).isEmpty();
  }

  @Test
  void diskThatIsAlmostFull_isLeftToTheStore() {
    BlobStore store = FileBlobStore.open(directory, 100, Long.MAX_VALUE - 100);
    try (BlobStore.Writer writer = store.append(new BlobId("xfr_1"), 0)) {
      assertThatExceptionOfType(Fault.class)
          .isThrownBy(() -> writer.write(new byte[1], 0, 1))
          .matches(fault -> fault.reason().equals("spool_full"));
    }
    assertThat(store.used()).isZero();
  }
}
