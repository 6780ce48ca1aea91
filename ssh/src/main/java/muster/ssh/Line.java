package muster.ssh;

import com.jcraft.jsch.SocketFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import muster.deploy.Limit;

/// The socket of one connection. The library waits for the end of a greeting, and for room to
/// write, as long as the other side likes; only closing the socket ends that, whatever the library
/// is doing. Limits are set by one thread.
final class Line implements SocketFactory, AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);

  /// So that whoever keeps to the limit need not be cut: the connection is needed to clean up.
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final Socket socket = new Socket();
  private Optional<Thread> watch = Optional.empty();
  private volatile boolean wasCut;
  private volatile Limit limit;

  /// @param limit of what comes first
  Line(Limit limit) {
    this.limit = limit;
    allow(limit);
  }

  /// From now on this limit counts, and no earlier one.
  void allow(Limit next) {
    release();
    limit = next;
    watch = Optional.of(Thread.ofVirtual().start(() -> watch(next)));
  }

  /// What had a limit has ended.
  void release() {
    watch.ifPresent(Thread::interrupt);
    watch = Optional.empty();
  }

  /// Whether a limit was not kept.
  boolean wasCut() {
    return wasCut;
  }

  /// The limit that counts, or counted last.
  Limit limit() {
    return limit;
  }

  private void watch(Limit watched) {
    try {
      while (!watched.isOver()) {
        Thread.sleep(POLL);
      }
      Thread.sleep(GRACE);
      wasCut = true;
      socket.close();
    } catch (InterruptedException e) {
      // It was kept.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    if (wasCut) {
      throw new SocketException("too late");
    }
    socket.connect(new InetSocketAddress(host, port), (int) Math.max(1, limit.most().toMillis()));
    return socket;
  }

  @Override
  public InputStream getInputStream(Socket of) throws IOException {
    return of.getInputStream();
  }

  @Override
  public OutputStream getOutputStream(Socket of) throws IOException {
    return of.getOutputStream();
  }

  @Override
  public void close() {
    release();
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
