package muster.agent.tool;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import muster.agent.log.Log;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.wire.JsonObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A directory that tools may enter, one beside it, and the agent's own.
@Timeout(60)
abstract class FileCase {
  static final Log LOG = new Log(new PrintStream(System.err, true), InstantSource.system());

  @TempDir Path temporary;
  Path root;
  Path outside;
  Path own;

  @BeforeEach
  void make() throws IOException {
    Path real = temporary.toRealPath();
    root = Files.createDirectory(real.resolve("root"));
    outside = Files.createDirectory(real.resolve("outside"));
    own = Files.createDirectory(real.resolve("own"));
    Files.writeString(outside.resolve("secret"), "secret");
  }

  /// Only the root may be read and written.
  Policy fenced() throws IOException {
    return policy(
        "{\"read\":{\"allow\":[\"%s\"],\"deny\":[\"%s/closed\"]},\"write\":{\"allow\":[\"%s\"]}}"
            .formatted(root, root, root));
  }

  Policy policy(String rules) throws IOException {
    Files.writeString(own.resolve(PolicyFile.NAME), rules);
    return new PolicyFile(own, LOG).get();
  }

  TestDesk open(String tool, Object path, String more) throws Exception {
    return new TestDesk(new PolicyFile(own, LOG).get()).run(tool, args(path, more));
  }

  TestDesk fenced(String tool, Object path, String more) throws Exception {
    return new TestDesk(fenced()).run(tool, args(path, more));
  }

  static String args(Object path, String more) {
    String text = JsonObject.builder().put("path", path.toString()).build().toString();
    return more.isEmpty() ? text : text.substring(0, text.length() - 1) + "," + more + "}";
  }

  static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
