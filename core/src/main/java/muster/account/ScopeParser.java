package muster.account;

import muster.filter.Filter;

/// Turns the text of a key's scope into a filter. The fields are those of devices, which this
/// package does not know.
@FunctionalInterface
public interface ScopeParser {
  /// @throws muster.fault.Fault INVALID_ARGUMENT naming the position
  Filter parse(String text);
}
