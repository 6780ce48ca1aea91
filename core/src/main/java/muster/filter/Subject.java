package muster.filter;

import java.util.List;

/// Something a filter can be asked about, such as a device.
@FunctionalInterface
public interface Subject {

  /// The values of a field now; empty when it has none, more than one only for TAGS. Strings for
  /// the text kinds (an ENUM's word as its schema spells it), [Long] or [Double] for NUMBER,
  /// [java.time.Instant] for TIME.
  ///
  /// @param field the name in the schema, never an alias
  /// @param key the key asked for when the field is a MAP, else empty
  List<?> values(String field, String key);
}
