package muster.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import muster.device.DeviceState;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private static final class NoLink implements Link {
    @Override
    public void close(CloseReason reason, String detail) {}

    @Override
    public void probe() {}
  }

  private final Session session =
      new Session(
          new DeviceId("dev_1"),
          new NoLink(),
          "boot",
          DeviceState.NEVER_SEEN.connected("10.0.0.9", T),
          Runnable::run);

  @Test
  void takeChange_afterTheEnd_isEmpty() {
    session.heard(T.plusSeconds(1), Optional.empty());
    assertThat(session.hasChange()).isTrue();
    assertThat(session.takeChange()).isPresent();
    assertThat(session.takeChange()).as("once").isEmpty();
    session.heard(T.plusSeconds(2), Optional.empty());
    assertThat(session.end()).isTrue();
    assertThat(session.end()).as("twice").isFalse();
    assertThat(session.hasChange()).isFalse();
    assertThat(session.takeChange()).isEmpty();
  }
}
