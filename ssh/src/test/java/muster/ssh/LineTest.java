package muster.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import muster.deploy.Limit;
import org.junit.jupiter.api.Test;

class LineTest {
  private static final byte[] MUCH = new byte[1 << 20];

  @Test
  void writing_toWhoeverStopsReading_endsAtTheLimit() throws Exception {
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Line line = new Line(Limit.of(Duration.ofMillis(500), () -> false))) {
      Socket socket = line.createSocket("127.0.0.1", deaf.getLocalPort());
      OutputStream out = line.getOutputStream(socket);
      assertTimeoutPreemptively(
          Duration.ofSeconds(8),
          () -> assertThatThrownBy(() -> writeWithoutEnd(out)).isInstanceOf(IOException.class));
      assertThat(line.wasCut()).isTrue();
    }
  }

  private static void writeWithoutEnd(OutputStream out) throws IOException {
    while (true) {
      out.write(MUCH);
    }
  }
}
