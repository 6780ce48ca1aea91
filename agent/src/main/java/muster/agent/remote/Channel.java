package muster.agent.remote;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import muster.agent.log.Log;
import muster.wire.RemoteControl;
import org.jspecify.annotations.Nullable;

/// One channel: the bytes of an outlet over a tunnel, both ways, until either has ended. [#run]
/// reads the outlet, a second thread writes it; both wait for whoever is slower, so that never more
/// than a buffer of either is in memory. [#look], [#stop] and [#kill] by any thread.
final class Channel {
  private static final int BUFFER = 32 * 1024;
  private static final int GOODBYE_MILLIS = 2_000;

  /// Makes the connection to the server.
  interface Way {
    Tunnel open() throws IOException, InterruptedException;
  }

  private final String name;
  private final Outlet outlet;
  private final Log log;

  /// Open as long as the server may send something that is taken.
  private final CountDownLatch lastInput = new CountDownLatch(1);

  private volatile boolean stopped;
  private volatile @Nullable Tunnel tunnel;

  /// @param name for the log
  Channel(String name, Outlet outlet, Log log) {
    this.name = name;
    this.outlet = outlet;
    this.log = log;
  }

  /// Returns when it is over.
  void run(Way way) throws InterruptedException {
    Tunnel made;
    try {
      made = way.open();
    } catch (IOException e) {
      log.warn(name + ": no channel to the server: " + Log.reason(e));
      return;
    }
    tunnel = made;
    try {
      if (!stopped) {
        carry(made);
      }
    } finally {
      made.abort();
    }
  }

  private void carry(Tunnel made) throws InterruptedException {
    Thread writing = Threads.start("remote-in", () -> write(made));
    try {
      if (read(made) && !outlet.endsWithReading()) {
        lastInput.await();
      }
      made.close();
      // Were the connection cut before the server has answered, its last frames could be lost.
      writing.join(GOODBYE_MILLIS);
    } catch (IOException e) {
      log.info(name + ": " + Log.reason(e));
    }
  }

  /// True when the outlet has ended by itself, and this was told.
  private boolean read(Tunnel made) throws IOException, InterruptedException {
    byte[] buffer = new byte[BUFFER];
    try {
      for (int n = outlet.read(buffer); n >= 0; n = outlet.read(buffer)) {
        made.send(buffer, n);
      }
    } catch (IOException e) {
      // Reset by the peer, or closed because the tunnel is gone.
      log.info(name + ": " + Log.reason(e));
      return false;
    }
    made.send(outlet.ending());
    return true;
  }

  /// Until the tunnel has ended, even when nobody takes anything more.
  private void write(Tunnel made) {
    try {
      boolean isTaken = true;
      Tunnel.Frame frame = made.receive();
      while (!(frame instanceof Tunnel.Gone)) {
        isTaken = isTaken && hasTaken(frame);
        frame = made.receive();
      }
      log.info(name + ": " + ((Tunnel.Gone) frame).why());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lastInput.countDown();
      outlet.close();
    }
  }

  private boolean hasTaken(Tunnel.Frame frame) {
    if (frame instanceof Tunnel.Control said) {
      obey(said.control());
    } else if (frame instanceof Tunnel.Bytes data) {
      try {
        outlet.write(data.bytes());
      } catch (IOException e) {
        lastInput.countDown();
        return false;
      }
    }
    return true;
  }

  /// What is typed goes on, whatever becomes of the window's size.
  private void obey(RemoteControl control) {
    try {
      outlet.control(control);
    } catch (IOException e) {
      log.info(name + ": " + Log.reason(e));
    }
    if (control instanceof RemoteControl.Eof) {
      lastInput.countDown();
    }
  }

  /// Looks whether the server is there, and ends the channel if not: a write that waits for the
  /// outlet would never hear of it.
  ///
  /// @param silence after which it is not
  void look(Duration silence) {
    Tunnel made = tunnel;
    if (made != null) {
      made.look(silence, this::stop);
    }
  }

  /// Ends it; [#run] then returns.
  void stop() {
    stopped = true;
    outlet.close();
    Tunnel made = tunnel;
    if (made != null) {
      made.abort();
    }
  }

  /// Ends it, and returns when nothing of it is left.
  void clear() throws InterruptedException {
    stop();
    outlet.clear();
  }

  void kill() {
    outlet.kill();
  }
}
