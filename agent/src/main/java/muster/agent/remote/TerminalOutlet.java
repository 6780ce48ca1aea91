package muster.agent.remote;

import java.io.IOException;
import muster.agent.pty.Leftovers;
import muster.agent.pty.Size;
import muster.agent.pty.Terminal;
import muster.wire.RemoteControl;

/// A shell.
final class TerminalOutlet implements Outlet {
  private final Terminal terminal;
  private final Thread waiting;
  private volatile int exitCode;

  TerminalOutlet(Terminal terminal) {
    this.terminal = terminal;
    waiting = Threads.start("shell", this::await);
  }

  private void await() {
    try {
      exitCode = terminal.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int read(byte[] buffer) throws IOException {
    return terminal.read(buffer);
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    terminal.write(bytes);
  }

  @Override
  public void control(RemoteControl control) throws IOException {
    if (control instanceof RemoteControl.Resize size) {
      terminal.resize(new Size(size.cols(), size.rows()));
    }
  }

  @Override
  public RemoteControl ending() throws InterruptedException {
    waiting.join();
    return new RemoteControl.Exit(exitCode);
  }

  @Override
  public boolean endsWithReading() {
    return true;
  }

  @Override
  public void close() {
    terminal.hangUp();
  }

  @Override
  public void clear() throws InterruptedException {
    Leftovers.remove(terminal.session());
  }

  @Override
  public void kill() {
    Leftovers.kill(terminal.session());
  }
}
