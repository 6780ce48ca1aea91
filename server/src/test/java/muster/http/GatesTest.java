package muster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Role;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.junit.jupiter.api.Test;

class GatesTest {
  private static final Caller WHO = device("dev_1");

  private final Gates gates = new Gates(new Limits(0, 0, 0, 0, 2, 1, 0, 0, 0));

  private static Caller device(String id) {
    return new Caller(Caller.Kind.DEVICE, id, id, Role.DEVICE, Optional.empty(), "", Origin.SERVER);
  }

  private void isShut(Route.Kind kind) {
    assertThatThrownBy(() -> gates.enter(kind, WHO, false))
        .isInstanceOfSatisfying(
            Fault.class,
            fault -> {
              assertThat(fault.code()).isEqualTo(FaultCode.UNAVAILABLE);
              assertThat(fault.details()).containsEntry(Fault.RETRY_AFTER_SECONDS, "1");
            });
  }

  @Test
  void enter_oneTooMany_isRefusedUntilAnotherLeaves() {
    try (Pipeline.Pass first = gates.enter(Route.Kind.WRITE, WHO, false)) {
      assertThat(first).isNotNull();
      Pipeline.Pass second = gates.enter(Route.Kind.WRITE, WHO, false);
      isShut(Route.Kind.WRITE);
      second.close();
      gates.enter(Route.Kind.WRITE, WHO, false).close();
    }
  }

  @Test
  void enter_ofAnotherClass_isNotHeldUp() {
    gates.enter(Route.Kind.READ, WHO, false);
    gates.enter(Route.Kind.READ, WHO, false);
    isShut(Route.Kind.READ);
    for (Route.Kind kind : Route.Kind.values()) {
      if (kind != Route.Kind.READ) {
        gates.enter(kind, WHO, false);
      }
    }
    isShut(Route.Kind.STREAM);
  }

  @Test
  void enter_bypassing_passesTheCrowdUpToItsOwnBound() {
    gates.enter(Route.Kind.READ, WHO, false);
    gates.enter(Route.Kind.READ, WHO, false);
    for (int i = 0; i < 64; i++) {
      gates.enter(Route.Kind.READ, WHO, true);
    }
    assertThatThrownBy(() -> gates.enter(Route.Kind.READ, WHO, true)).isInstanceOf(Fault.class);
  }

  @Test
  void enter_transfersOfOneDevice_leavePlacesToOthers() {
    Gates roomy = new Gates(new Limits(0, 0, 0, 0, 100, 100, 0, 0, 0));
    List<Pipeline.Pass> held = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      held.add(roomy.enter(Route.Kind.TRANSFER, WHO, false));
    }
    assertThatThrownBy(() -> roomy.enter(Route.Kind.TRANSFER, WHO, false))
        .isInstanceOf(Fault.class)
        .hasMessageContaining("at most 8 at once of one device");
    roomy.enter(Route.Kind.TRANSFER, device("dev_2"), false).close();
    roomy.enter(Route.Kind.READ, WHO, false).close();
    held.getFirst().close();
    roomy.enter(Route.Kind.TRANSFER, WHO, false).close();
  }

  @Test
  void limitsOff_letAllIn() {
    Gates open = new Gates(Limits.off());
    for (int i = 0; i < 10_000; i++) {
      open.enter(Route.Kind.LOGIN, WHO, i % 2 == 0);
    }
  }
}
