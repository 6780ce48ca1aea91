package muster.agent.transfer;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import muster.agent.state.Disk;

/// A disk of which one call fails.
final class ScarceDisk implements Disk {
  private final Disk disk;
  private int callsUntilFailure;

  /// @param failing the number of the call that fails, from 1 on
  ScarceDisk(Disk disk, int failing) {
    this.disk = disk;
    callsUntilFailure = failing;
  }

  private void call() throws IOException {
    callsUntilFailure--;
    if (callsUntilFailure == 0) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public List<String> names() throws IOException {
    call();
    return disk.names();
  }

  @Override
  public DiskFile open(String name) throws IOException {
    call();
    return disk.open(name);
  }

  @Override
  public Optional<byte[]> read(String name) throws IOException {
    call();
    return disk.read(name);
  }

  @Override
  public void replace(String name, byte[] content) throws IOException {
    call();
    disk.replace(name, content);
  }

  @Override
  public void delete(String name) throws IOException {
    call();
    disk.delete(name);
  }
}
