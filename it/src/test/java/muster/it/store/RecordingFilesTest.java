package muster.it.store;

import java.nio.file.Path;
import muster.remote.RecordingStore;
import muster.store.RecordingFiles;
import muster.testkit.contract.RecordingStoreContract;
import org.junit.jupiter.api.io.TempDir;

class RecordingFilesTest extends RecordingStoreContract {
  @TempDir Path directory;

  @Override
  protected RecordingStore store() {
    return new RecordingFiles(directory.resolve("recordings"));
  }
}
