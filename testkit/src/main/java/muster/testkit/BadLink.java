package muster.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A link between a client and a server on this machine that is slow, breaks all connections each
/// time so many bytes have gone over it, and may change what goes over it. Its own threads; safe
/// for use by any.
public final class BadLink implements AutoCloseable {
  private static final int PIECE = 16 * 1024;

  private final ServerSocket listener;
  private final InetSocketAddress server;
  private volatile long bytesPerSecond;
  private final long cutEvery;
  private final Random random;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cuts = new AtomicInteger();
  private final AtomicInteger toSpoil = new AtomicInteger();
  private final AtomicInteger spoiled = new AtomicInteger();
  private long freeAtNanos = System.nanoTime();
  private long left;

  /// @param bytesPerSecond of all connections together, both ways
  /// @param cutEvery after how many bytes it breaks, half to one and a half times that; 0 = never
  public BadLink(int port, long bytesPerSecond, long cutEvery, long seed) {
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.bytesPerSecond = bytesPerSecond;
    this.cutEvery = cutEvery;
    this.random = new Random(seed);
    this.left = untilNextCut();
    thread(this::accept);
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /// From now on it lets so many bytes through.
  public void limit(long newBytesPerSecond) {
    bytesPerSecond = newBytesPerSecond;
  }

  /// How often it has broken.
  public int cuts() {
    return cuts.get();
  }

  /// Changes a byte in each of the next `pieces` large pieces.
  public void spoil(int pieces) {
    toSpoil.set(pieces);
  }

  /// How many it has changed.
  public int spoiled() {
    return spoiled.get();
  }

  private long untilNextCut() {
    return cutEvery == 0 ? Long.MAX_VALUE : cutEvery / 2 + random.nextLong(cutEvery);
  }

  private static void thread(Runnable task) {
    Thread.ofVirtual().name("bad-link").start(task);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        sockets.add(near);
        Socket far = new Socket();
        sockets.add(far);
        far.connect(server);
        thread(() -> pump(near, far));
        thread(() -> pump(far, near));
      } catch (IOException e) {
        // Closed, or the server is not there.
        cutAll(false);
      }
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] piece = new byte[PIECE];
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        if (count > PIECE / 2 && toSpoil.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
          piece[count - 1] ^= 1;
          spoiled.incrementAndGet();
        }
        LockSupport.parkNanos(passed(count) - System.nanoTime());
        out.write(piece, 0, count);
        out.flush();
      }
    } catch (IOException e) {
      // One side is gone, and so is the other.
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  /// Notes that so much goes over it; when it will have arrived.
  private long passed(int count) throws IOException {
    synchronized (this) {
      long now = System.nanoTime();
      freeAtNanos = Math.max(freeAtNanos, now) + count * 1_000_000_000L / bytesPerSecond;
      left -= count;
      if (left > 0) {
        return freeAtNanos;
      }
      left = untilNextCut();
    }
    cutAll(true);
    throw new IOException("cut");
  }

  /// Breaks every connection now.
  public void cut() {
    cutAll(true);
  }

  private void cutAll(boolean counted) {
    if (counted) {
      cuts.incrementAndGet();
    }
    for (Socket socket : sockets) {
      try {
        socket.setSoLinger(true, 0);
        socket.close();
      } catch (IOException e) {
        // It is gone.
      }
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cutAll(false);
  }
}
