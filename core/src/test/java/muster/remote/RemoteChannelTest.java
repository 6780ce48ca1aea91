package muster.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muster.auth.Caller;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

class RemoteChannelTest {
  private final LiveSession session =
      new LiveSession(
          "ses_1",
          new DeviceId("dev_1"),
          new RemoteRequest(RemoteKind.TERMINAL, 80, 24, Optional.empty()),
          Caller.SERVER,
          Instant.parse("2026-04-15T14:30:00Z"),
          System::nanoTime);
  private final RemoteChannel channel = new RemoteChannel("name", session);

  /// Says nothing, takes nothing, and notes how it was closed.
  private static final class Silent implements RemoteSocket {
    final List<String> closed = new ArrayList<>();

    @Override
    public Optional<RemoteFrame> receive() {
      return Optional.empty();
    }

    @Override
    public boolean send(RemoteFrame frame) {
      return false;
    }

    @Override
    public void close(int code, String reason) {
      closed.add(code + " " + reason);
    }
  }

  @Test
  void deviceThatComesWhenItIsOver_isClosed() {
    channel.close(RemoteSocket.ENDED, "the device was blocked");
    Silent device = new Silent();
    channel.joinedByDevice(device);
    assertThat(device.closed).containsExactly("4410 the session has ended");
  }

  @Test
  void deviceThatComesTwice_keepsItsFirstSocket() {
    Silent first = new Silent();
    Silent second = new Silent();
    channel.joinedByDevice(first);
    channel.joinedByDevice(second);
    assertThat(first.closed).isEmpty();
    assertThat(second.closed).hasSize(1);
  }

  @Test
  void personWhoComesWhenItIsOver_hearsThat() throws Exception {
    channel.close(RemoteSocket.ENDED, "stopped");
    Silent person = new Silent();
    assertThat(channel.join(person)).isEmpty();
    assertThat(person.closed).containsExactly("4410 the session has ended");
  }

  @Test
  void secondPerson_hearsThatItIsTaken() throws Exception {
    channel.joinedByDevice(new Silent());
    channel.join(new Silent());
    Silent second = new Silent();
    assertThat(channel.join(second)).isEmpty();
    assertThat(second.closed).containsExactly("4409 the session is in use already");
  }

  @Test
  void ticket_isGoodOnceAndForItsTime() {
    session.admit("ticket", Duration.ofSeconds(30));
    assertThat(session.spend("another")).isFalse();
    assertThat(session.spend("ticket")).isTrue();
    assertThat(session.spend("ticket")).isFalse();
    session.admit("late", Duration.ZERO);
    assertThat(session.spend("late")).isFalse();
  }
}
