package muster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import muster.fault.Fault;
import muster.fault.FaultCode;
import org.junit.jupiter.api.Test;

class GatesTest {
  private final Gates gates = new Gates(new Limits(0, 0, 0, 0, 2, 1, 0, 0, 0));

  private void isShut(Route.Kind kind) {
    assertThatThrownBy(() -> gates.enter(kind, false))
        .isInstanceOfSatisfying(
            Fault.class,
            fault -> {
              assertThat(fault.code()).isEqualTo(FaultCode.UNAVAILABLE);
              assertThat(fault.details()).containsEntry(Fault.RETRY_AFTER_SECONDS, "1");
            });
  }

  @Test
  void enter_oneTooMany_isRefusedUntilAnotherLeaves() {
    try (Gates.Pass first = gates.enter(Route.Kind.WRITE, false)) {
      assertThat(first).isNotNull();
      Gates.Pass second = gates.enter(Route.Kind.WRITE, false);
      isShut(Route.Kind.WRITE);
      second.close();
      gates.enter(Route.Kind.WRITE, false).close();
    }
  }

  @Test
  void enter_ofAnotherClass_isNotHeldUp() {
    gates.enter(Route.Kind.READ, false);
    gates.enter(Route.Kind.READ, false);
    isShut(Route.Kind.READ);
    for (Route.Kind kind : Route.Kind.values()) {
      if (kind != Route.Kind.READ) {
        gates.enter(kind, false);
      }
    }
    isShut(Route.Kind.STREAM);
  }

  @Test
  void enter_bypassing_passesTheCrowdUpToItsOwnBound() {
    gates.enter(Route.Kind.READ, false);
    gates.enter(Route.Kind.READ, false);
    for (int i = 0; i < 64; i++) {
      gates.enter(Route.Kind.READ, true);
    }
    assertThatThrownBy(() -> gates.enter(Route.Kind.READ, true)).isInstanceOf(Fault.class);
  }

  @Test
  void limitsOff_letAllIn() {
    Gates open = new Gates(Limits.off());
    for (int i = 0; i < 10_000; i++) {
      open.enter(Route.Kind.LOGIN, i % 2 == 0);
    }
  }
}
