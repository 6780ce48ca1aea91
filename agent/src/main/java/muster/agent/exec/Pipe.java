package muster.agent.exec;

import java.io.Closeable;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// A named pipe from a command to the agent.
///
/// Why not the pipes of [Process]: the JDK closes those as soon as the main process ends, so that
/// what its children still write is lost, and a reader blocked on one cannot be woken. This one is
/// read until everybody closed it, or until [#close] from another thread.
final class Pipe implements Closeable {
  private final Path path;
  private final FileChannel reader;
  private final FileChannel keeper;

  private Pipe(Path path) throws IOException {
    this.path = path;
    // Opening to read alone would block until somebody writes: open both ways first. The keeper
    // goes
    // when the command has its end, or the end of the output would never be seen.
    keeper = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      reader = FileChannel.open(path, StandardOpenOption.READ);
    } catch (IOException e) {
      keeper.close();
      throw e;
    }
  }

  /// Makes the pipes of one command.
  static List<Pipe> create(Path first, Path second) throws IOException {
    Process mkfifo =
        new ProcessBuilder(
                Programs.required("mkfifo"), "-m", "600", first.toString(), second.toString())
            .redirectOutput(Redirect.DISCARD)
            .redirectErrorStream(true)
            .start();
    try {
      if (mkfifo.waitFor() != 0) {
        throw new IOException("cannot make pipes in " + first.getParent());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    Pipe pipe = new Pipe(first);
    try {
      return List.of(pipe, new Pipe(second));
    } catch (IOException e) {
      pipe.close();
      throw e;
    }
  }

  /// The command's end.
  Redirect redirect() {
    return Redirect.to(path.toFile());
  }

  /// To be called once the command has its end: from now on only writers keep the pipe open.
  void started() throws IOException {
    keeper.close();
  }

  /// Waits for bytes.
  ///
  /// @return how many, or -1 when all writers are gone or the pipe was closed
  int read(byte[] buffer) throws IOException {
    try {
      return reader.read(ByteBuffer.wrap(buffer));
    } catch (AsynchronousCloseException e) {
      return -1;
    } catch (java.nio.channels.ClosedChannelException e) {
      return -1;
    }
  }

  /// Ends a [#read] in another thread; the command's next write to it fails.
  @Override
  public void close() throws IOException {
    keeper.close();
    reader.close();
    Files.deleteIfExists(path);
  }
}
