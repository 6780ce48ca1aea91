package muster.agent.remote;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import muster.wire.RemoteControl;

/// A connection to a port.
final class TcpOutlet implements Outlet {
  private static final int CONNECT_MILLIS = 10_000;

  private final Socket socket;

  private TcpOutlet(Socket socket) {
    this.socket = socket;
  }

  static TcpOutlet connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(address, CONNECT_MILLIS);
      return new TcpOutlet(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public int read(byte[] buffer) throws IOException {
    return socket.getInputStream().read(buffer);
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  @Override
  public void control(RemoteControl control) throws IOException {
    if (control instanceof RemoteControl.Eof) {
      socket.shutdownOutput();
    }
  }

  @Override
  public RemoteControl ending() {
    return new RemoteControl.Eof();
  }

  @Override
  public boolean endsWithReading() {
    return false;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed all the same.
    }
  }
}
