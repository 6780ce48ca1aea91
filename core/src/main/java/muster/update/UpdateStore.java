package muster.update;

import java.util.Optional;
import muster.id.BinaryId;
import muster.id.UpdateId;
import muster.page.Page;
import muster.page.PageRequest;

/// Where updates are kept. Writes happen inside a write transaction.
public interface UpdateStore {
  void insert(Update update);

  Optional<Update> find(UpdateId id);

  Optional<Update> find(String name, String version);

  /// Newest first.
  ///
  /// @param name the whole of it; absent = any
  Page<Update> list(Optional<String> name, PageRequest page);

  void setStatus(UpdateId id, Update.Status status);

  /// An update that has the binary among its artifacts and is not deprecated.
  Optional<UpdateId> naming(BinaryId binary);
}
