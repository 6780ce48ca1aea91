package muster.binary;

import java.util.Optional;
import muster.blob.Checksum;
import muster.id.BinaryId;
import muster.page.Page;
import muster.page.PageRequest;

/// Where binaries are kept, without their contents. Writes happen inside a write transaction.
public interface BinaryStore {
  void insert(Binary binary);

  Optional<Binary> find(BinaryId id);

  /// The one with the same name, version, platform and architecture.
  Optional<Binary> find(Label label);

  /// Newest first.
  ///
  /// @param name the whole of it; absent = any
  Page<Binary> list(Optional<String> name, PageRequest page);

  /// Whether a binary has this content.
  boolean isNamed(Checksum checksum);

  /// Returns whether it was there.
  boolean delete(BinaryId id);
}
