package muster.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MachineTest {
  private static List<Machine> fleet(long seed) {
    return IntStream.range(0, 500).mapToObj(number -> Machine.of(seed, number)).toList();
  }

  @Test
  void sameSeed_isTheSameFleet() {
    assertThat(fleet(7)).isEqualTo(fleet(7));
    assertThat(fleet(7)).isNotEqualTo(fleet(8));
  }

  @Test
  void machines_areOfManyKindsAndNoTwoAreCalledTheSame() {
    assertThat(fleet(1)).extracting(Machine::name).doesNotHaveDuplicates();
    assertThat(fleet(1)).extracting(Machine::hardwareId).doesNotHaveDuplicates();
    assertThat(fleet(1).stream().map(Machine::hwKind).distinct()).hasSize(4);
    assertThat(fleet(1))
        .allSatisfy(machine -> {
          assertThat(machine.tags()).contains(Machine.TAG);
          assertThat(machine.hwKind()).startsWith("simulated-");
        });
  }
}
