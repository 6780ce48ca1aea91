package muster.agent.tool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLSocketFactory;
import muster.agent.policy.Policy;
import muster.wire.Facts;
import muster.wire.JsonObject;

/// What a [Job] finds where it works.
public interface Desk {
  /// The rules that were in force when it was accepted.
  Policy policy();

  /// What is known of this host.
  Facts facts();

  /// How the servers of others are trusted.
  SSLSocketFactory tls();

  /// A name for files of its own, another one for each execution.
  String uniqueName();

  /// Notes a file in the making, which is removed should the agent be killed meanwhile.
  ///
  /// @param file named `.muster-` and [#uniqueName]; the path has no symbolic links
  void making(Path file) throws IOException;

  /// Adds to its output.
  void print(byte[] bytes);

  /// Adds an object on a line.
  default void print(JsonObject json) {
    print((json + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /// Whether this machine has a program of that name.
  boolean has(String program);

  /// Starts a program and waits for its end; it is ended when this is to stop.
  ///
  /// @throws IOException when it is not there or cannot be started
  Printed run(Program program) throws IOException, InterruptedException;

  /// How often the agent tells its health.
  Pace pace();

  /// The versions of software that are looked after here.
  Software software();

  /// The id of the execution, which the agent's next start knows it by.
  String id();

  /// From here on it is not stopped any more: the effect comes next.
  ///
  /// @throws InterruptedException when it has been stopped already
  void commit() throws InterruptedException;

  /// Closed when it is to stop: ends what waits for something and hears no interruption.
  void onStop(Closeable resource);
}
