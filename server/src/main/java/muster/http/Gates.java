package muster.http;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import muster.auth.Caller;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// How many requests of each class are dealt with at once, so that one class leaves the processors
/// and the store to the others. What devices send on an open socket passes none of them. Shared.
final class Gates {
  /// Log-ins wait for slow hashes; few are enough to keep those busy.
  private static final int LOG_INS = 32;

  /// Callers who may pass the others' crowd.
  private static final int BYPASSING = 64;

  /// Contents of files that one device sends and fetches at once; the agent does two.
  private static final int OF_DEVICE = 8;

  private static final String SOON = "1";

  private final Map<Route.Kind, Semaphore> gates = new EnumMap<>(Route.Kind.class);
  private final Optional<Semaphore> bypass;
  private final ConcurrentMap<String, Integer> ofDevices = new ConcurrentHashMap<>();

  Gates(Limits limits) {
    int requests = limits.concurrentRequests();
    if (requests > 0) {
      for (Route.Kind kind :
          new Route.Kind[] {
            Route.Kind.READ, Route.Kind.WRITE, Route.Kind.EXECUTE, Route.Kind.ENROL
          }) {
        gates.put(kind, new Semaphore(requests));
      }
      gates.put(Route.Kind.LOGIN, new Semaphore(Math.min(requests, LOG_INS)));
    }
    if (limits.concurrentStreams() > 0) {
      gates.put(Route.Kind.STREAM, new Semaphore(limits.concurrentStreams()));
      gates.put(Route.Kind.WAIT, new Semaphore(limits.concurrentStreams()));
      gates.put(Route.Kind.TRANSFER, new Semaphore(limits.concurrentStreams()));
    }
    bypass = requests > 0 ? Optional.of(new Semaphore(BYPASSING)) : Optional.empty();
  }

  /// @throws Fault UNAVAILABLE when there are as many already
  Pipeline.Pass enter(Route.Kind kind, Caller caller, boolean bypassing) {
    if (kind != Route.Kind.TRANSFER || caller.kind() != Caller.Kind.DEVICE) {
      return enter(kind, bypassing);
    }
    String device = caller.id();
    if (ofDevices.merge(device, 1, Integer::sum) > OF_DEVICE) {
      leave(device);
      throw busy("busy: at most %d at once of one device".formatted(OF_DEVICE));
    }
    try {
      Pipeline.Pass pass = enter(kind, bypassing);
      return () -> {
        pass.close();
        leave(device);
      };
    } catch (Fault fault) {
      leave(device);
      throw fault;
    }
  }

  private void leave(String device) {
    ofDevices.computeIfPresent(device, (id, open) -> open == 1 ? null : open - 1);
  }

  private static Fault busy(String why) {
    return new Fault(
        FaultCode.UNAVAILABLE, why, Map.of(Fault.REASON, "busy", Fault.RETRY_AFTER_SECONDS, SOON));
  }

  private Pipeline.Pass enter(Route.Kind kind, boolean bypassing) {
    Optional<Semaphore> gate = bypassing ? bypass : Optional.ofNullable(gates.get(kind));
    if (gate.isEmpty()) {
      return () -> {};
    }
    if (!gate.get().tryAcquire()) {
      throw busy("busy: too many requests of this class at once");
    }
    return gate.get()::release;
  }
}
