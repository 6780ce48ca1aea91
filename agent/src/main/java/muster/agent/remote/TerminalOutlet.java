package muster.agent.remote;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import muster.agent.pty.Leftovers;
import muster.agent.pty.Size;
import muster.agent.pty.Terminal;
import muster.agent.pty.Terminals;
import muster.wire.RemoteControl;

/// A shell.
final class TerminalOutlet implements Outlet {
  private final Terminals terminals;
  private final Terminal terminal;

  /// The exit code; cancelled when the terminal was taken away before, as the shell may live on.
  private final CompletableFuture<Integer> end = new CompletableFuture<>();

  TerminalOutlet(Terminals terminals, Terminal terminal) {
    this.terminals = terminals;
    this.terminal = terminal;
    Threads.start("shell", this::await);
  }

  private void await() {
    try {
      end.complete(terminal.await());
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
  public RemoteControl ending() throws IOException, InterruptedException {
    try {
      return new RemoteControl.Exit(end.get());
    } catch (CancellationException | ExecutionException e) {
      throw new IOException("the terminal was taken away", e);
    }
  }

  @Override
  public boolean endsWithReading() {
    return true;
  }

  @Override
  public void close() {
    terminal.hangUp();
    end.cancel(false);
  }

  @Override
  public void clear() throws InterruptedException {
    terminals.clear(terminal);
  }

  @Override
  public void kill() {
    Leftovers.kill(terminal.session());
  }
}
