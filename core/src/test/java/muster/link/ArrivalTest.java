package muster.link;

import static org.assertj.core.api.Assertions.assertThat;

import muster.link.Arrival.Machine;
import org.junit.jupiter.api.Test;

class ArrivalTest {
  private static final Machine ONE = new Machine("boot-1", "machine-1");

  @Test
  void differsFrom_anotherBootOrAnotherMachine_isEnough() {
    assertThat(ONE.differsFrom(new Machine("boot-1", "machine-1"))).isFalse();
    assertThat(ONE.differsFrom(new Machine("boot-2", "machine-1"))).isTrue();
    assertThat(ONE.differsFrom(new Machine("boot-1", "machine-2"))).isTrue();
    assertThat(ONE.differsFrom(new Machine("", "machine-2"))).isTrue();
  }

  @Test
  void differsFrom_whatIsNotSaid_provesNothing() {
    assertThat(ONE.differsFrom(Machine.UNSAID)).isFalse();
    assertThat(Machine.UNSAID.differsFrom(ONE)).isFalse();
    assertThat(ONE.differsFrom(new Machine("boot-1", ""))).isFalse();
    assertThat(new Machine("", "machine-1").differsFrom(ONE)).isFalse();
  }
}
