package muster.store;

import java.nio.file.Path;
import java.util.function.Consumer;

/// How a store is opened.
///
/// @param file the SQLite file; made when it is not there
/// @param ledger the file of revocations, see [RevocationLedger]
/// @param readers how many threads read at once
/// @param maxBytes how far the file may grow, 0 = as far as the disk goes; then the store is full
/// @param onDeath is told, once and on a thread of the store, that the store failed for good
public record StoreOptions(
    Path file, Path ledger, int readers, long maxBytes, Consumer<StoreException> onDeath) {

  /// A store with its ledger beside it.
  public static StoreOptions of(Path file, int readers) {
    return new StoreOptions(file, file.resolveSibling("revocations.log"), readers, 0, e -> {});
  }

  public StoreOptions withLedger(Path other) {
    return new StoreOptions(file, other, readers, maxBytes, onDeath);
  }

  public StoreOptions withMaxBytes(long bytes) {
    return new StoreOptions(file, ledger, readers, bytes, onDeath);
  }

  public StoreOptions onDeath(Consumer<StoreException> hook) {
    return new StoreOptions(file, ledger, readers, maxBytes, hook);
  }
}
