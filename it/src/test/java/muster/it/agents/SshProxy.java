package muster.it.agents;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A way to a machine on loopback that ends after so many bytes: nothing is read any more, or the
/// connection is closed.
final class SshProxy implements AutoCloseable {
  private static final int WINDOW = 8 * 1024;

  private final ServerSocket listening = new ServerSocket();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final int to;
  private final long bytes;
  private final boolean closes;

  private SshProxy(int to, long bytes, boolean closes) throws IOException {
    this.to = to;
    this.bytes = bytes;
    this.closes = closes;
    listening.setReceiveBufferSize(WINDOW);
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().start(this::accept);
  }

  static SshProxy thatStopsReading(int to, long bytes) throws IOException {
    return new SshProxy(to, bytes, false);
  }

  static SshProxy thatCloses(int to, long bytes) throws IOException {
    return new SshProxy(to, bytes, true);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket here = listening.accept();
        Socket there = new Socket(InetAddress.getLoopbackAddress(), to);
        sockets.addAll(List.of(here, there));
        Thread.ofVirtual().start(() -> forward(here, there, bytes));
        Thread.ofVirtual().start(() -> forward(there, here, Long.MAX_VALUE));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void forward(Socket from, Socket into, long most) {
    byte[] some = new byte[WINDOW];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = into.getOutputStream();
      long left = most;
      int count = in.read(some);
      while (count > 0 && left > 0) {
        out.write(some, 0, count);
        left -= count;
        count = left > 0 ? in.read(some) : 0;
      }
      if (count < 0 || closes) {
        from.close();
        into.close();
      }
    } catch (IOException e) {
      // The other direction has closed it.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
