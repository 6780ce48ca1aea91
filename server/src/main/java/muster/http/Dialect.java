package muster.http;

import muster.fault.Fault;

/// How one published API words its errors.
public interface Dialect {
  /// The surface's name in the audit log and in metrics.
  String name();

  /// The status and body for a fault: each dialect has one exhaustive switch over the codes.
  Reply error(Fault fault, String requestId);
}
