package muster.enrollment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import muster.device.DeviceFacts;
import muster.device.DevicePolicy;
import muster.device.Names;
import org.junit.jupiter.api.Test;

class MachineTest {
  private static final Optional<String> KEY = Optional.of("-----BEGIN PUBLIC KEY-----");

  private static Machine machine(
      Optional<String> hardwareId, Optional<String> publicKey, DeviceFacts facts) {
    return Machine.of(hardwareId, publicKey, Optional.empty(), List.of(), facts);
  }

  @Test
  void hardwareId_isWhatItSays_elseALabelOfItsKey() {
    assertThat(machine(Optional.of("hw-1"), KEY, DeviceFacts.NONE).hardwareId()).contains("hw-1");
    assertThat(machine(Optional.empty(), KEY, DeviceFacts.NONE).hardwareId())
        .hasValueSatisfying(label -> assertThat(label).matches("key-[0-9a-f]{64}"))
        .isEqualTo(machine(Optional.empty(), KEY, DeviceFacts.NONE).hardwareId());
    assertThat(machine(Optional.empty(), Optional.empty(), DeviceFacts.NONE).hardwareId())
        .isEmpty();
  }

  @Test
  void facts_areCutToSizeAndMadeHarmless() {
    DeviceFacts said =
        new DeviceFacts(
            Optional.of("\u001b"),
            Optional.of("1\n2"),
            Optional.of("h".repeat(300)),
            Optional.of(" linux "),
            Optional.empty(),
            Optional.of("Debian\u202e"),
            List.of("bash", "ba\u0000sh", "", "\t", "x".repeat(300)),
            Optional.of(DevicePolicy.NONE));
    DeviceFacts kept = machine(Optional.empty(), Optional.empty(), said).facts();
    assertThat(kept)
        .isEqualTo(
            new DeviceFacts(
                Optional.empty(),
                Optional.of("12"),
                Optional.of("h".repeat(Names.MAX_REPORTED)),
                Optional.of("linux"),
                Optional.empty(),
                Optional.of("Debian"),
                List.of("bash", "x".repeat(Names.MAX_REPORTED)),
                Optional.of(DevicePolicy.NONE)));
    assertThat(kept.reported()).isEqualTo(kept);
  }
}
