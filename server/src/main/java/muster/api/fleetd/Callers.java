package muster.api.fleetd;

import io.grpc.Context;
import muster.auth.Caller;

/// Who a call is from, as [RpcGate] found out.
final class Callers {
  static final Context.Key<Caller> CALLER = Context.key("caller");

  /// The enrolment token it came with instead of a caller's credential; empty when it did not.
  static final Context.Key<String> ENROLLMENT = Context.keyWithDefault("enrollment", "");

  private Callers() {}

  static Caller current() {
    Caller caller = CALLER.get();
    if (caller == null) {
      throw new IllegalStateException("a call that passed no gate");
    }
    return caller;
  }
}
