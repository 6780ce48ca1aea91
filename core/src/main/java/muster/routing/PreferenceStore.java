package muster.routing;

import java.util.List;
import java.util.Optional;

/// Where preferences are kept, one for each tool. Writes happen inside a write transaction; a
/// preference goes with the device or group it names.
public interface PreferenceStore {
  void save(Preference preference);

  Optional<Preference> find(String tool);

  /// By tool.
  List<Preference> all();

  /// Whether there was one.
  boolean delete(String tool);
}
