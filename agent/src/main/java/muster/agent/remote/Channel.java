package muster.agent.remote;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import muster.agent.log.Log;
import muster.wire.RemoteControl;

/// One channel: the bytes of an outlet over a tunnel, both ways, until either has ended. [#run]
/// reads the outlet, a second thread writes it; both wait for whoever is slower, so that never more
/// than a buffer of either is in memory.
final class Channel {
  private static final int BUFFER = 32 * 1024;
  private static final int GOODBYE_MILLIS = 2_000;

  private final String name;
  private final Outlet outlet;
  private final Tunnel tunnel;
  private final Log log;

  /// Open as long as the server may send something that is taken.
  private final CountDownLatch lastInput = new CountDownLatch(1);

  /// @param name for the log
  Channel(String name, Outlet outlet, Tunnel tunnel, Log log) {
    this.name = name;
    this.outlet = outlet;
    this.tunnel = tunnel;
    this.log = log;
  }

  /// Returns when it is over and nothing of it is left.
  void run() throws InterruptedException {
    Thread writing = Threads.start("remote-in", this::write);
    try {
      if (read() && !outlet.endsWithReading()) {
        lastInput.await();
      }
      tunnel.close();
      // Were the connection cut before the server has answered, its last frames could be lost.
      writing.join(GOODBYE_MILLIS);
    } catch (IOException e) {
      log.info(name + ": " + Log.reason(e));
    } finally {
      tunnel.abort();
      outlet.close();
      outlet.clear();
    }
  }

  /// True when the outlet has ended by itself, and this was told.
  private boolean read() throws IOException, InterruptedException {
    byte[] buffer = new byte[BUFFER];
    try {
      for (int n = outlet.read(buffer); n >= 0; n = outlet.read(buffer)) {
        tunnel.send(buffer, n);
      }
    } catch (IOException e) {
      // Reset by the peer, or closed because the tunnel is gone.
      log.info(name + ": " + Log.reason(e));
      return false;
    }
    tunnel.send(outlet.ending());
    return true;
  }

  /// Until the tunnel has ended, even when nobody takes anything more.
  private void write() {
    try {
      boolean isTaken = true;
      for (Tunnel.Frame frame = tunnel.receive();
          !(frame instanceof Tunnel.Gone);
          frame = tunnel.receive()) {
        isTaken = isTaken && hasWritten(frame);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lastInput.countDown();
      outlet.close();
    }
  }

  private boolean hasWritten(Tunnel.Frame frame) {
    try {
      if (frame instanceof Tunnel.Bytes data) {
        outlet.write(data.bytes());
      } else if (frame instanceof Tunnel.Control said) {
        outlet.control(said.control());
        if (said.control() instanceof RemoteControl.Eof) {
          lastInput.countDown();
        }
      }
      return true;
    } catch (IOException e) {
      lastInput.countDown();
      return false;
    }
  }

  void look(Duration silence) {
    tunnel.look(silence);
  }

  /// Ends it; [#run] then returns.
  void stop() {
    outlet.close();
    tunnel.abort();
  }

  void kill() {
    outlet.kill();
  }
}
