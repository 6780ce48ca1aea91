package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import muster.auth.Token;
import muster.server.Config;
import muster.server.MusterServer;
import muster.testkit.FakeDevice;
import muster.testkit.TestClock;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsAtRestTest {

  @Test
  @DisplayName("F155: of every secret handed out only a hash is in the data directory")
  void dataDirectory_holdsNoSecret() throws IOException {
    try (TestMuster muster = TestMuster.start()) {
      List<String> secrets = handOutAll(muster);
      assertThat(found(muster.data(), secrets)).as("while it runs").isEmpty();
      muster.stop();
      assertThat(found(muster.data(), secrets)).as("afterwards").isEmpty();
      // The search is one that finds things.
      assertThat(found(muster.data(), List.of("at-rest-user"))).isNotEmpty();
    }
  }

  private static List<String> handOutAll(TestMuster muster) {
    List<String> secrets = new ArrayList<>();
    secrets.add(muster.adminKey());
    secrets.add(muster.withRole("viewer").token());
    secrets.add(
        muster.withKey(Map.of("name", "scoped", "role", "operator", "scope", "tag:x")).token());
    secrets.add(muster.enrollmentToken());
    try (FakeDevice device = muster.enroll("at-rest").connect()) {
      secrets.add(device.token());
      String bundle =
          muster
              .client(device.token())
              .post("/v1/device/certificate", Map.of())
              .expect(200)
              .text("certificate");
      // A line of the key itself, which a store of any form would hold.
      secrets.add(bundle.substring(bundle.indexOf("BEGIN PRIVATE KEY")).lines().toList().get(2));
    }
    String password = "a password that is looked for";
    Map<String, String> user =
        Map.of("username", "at-rest-user", "password", password, "role", "viewer");
    muster.admin().post("/api/users", user).expect(201);
    secrets.add(password);
    Map<String, String> login = Map.of("username", "at-rest-user", "password", password);
    secrets.add(muster.anonymous().post("/api/login", login).expect(200).text("token"));
    String wrong = "a wrong password that is looked for";
    muster
        .anonymous()
        .post("/api/login", Map.of("username", "at-rest-user", "password", wrong))
        .expect(401);
    secrets.add(wrong);
    return secrets;
  }

  /// Which secrets, or their secret parts, stand in which files.
  private static List<String> found(Path directory, List<String> secrets) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : filesUnder(directory)) {
      String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
      for (String secret : secrets) {
        String secretPart = Token.parse(secret).isPresent() ? secret.split("_")[2] : secret;
        if (bytes.contains(secretPart)) {
          found.add(file + ": " + secret);
        }
      }
    }
    return found;
  }

  private static List<Path> filesUnder(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  @DisplayName("F155: what is stored can be read by the server's user only")
  void dataDirectory_isPrivate(@TempDir Path parent) throws IOException {
    Path data = parent.resolve("given");
    // As a package or an administrator makes it: open to all.
    Files.createDirectory(data);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (MusterServer server = started(data)) {
      assertThat(server.firstKey()).isPresent();
      assertThat(filesUnder(data))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(isOpenToOthers(data, file)).as(file.toString()).isFalse());
    }
  }

  private static MusterServer started(Path data) {
    Config config = Config.defaults().withData(data);
    return MusterServer.start(
        config.withServer(config.server().withAddress("127.0.0.1", 0, Optional.empty())),
        new TestClock(),
        Optional.empty());
  }

  /// Whether others can read the file and enter every directory on the way to it.
  private static boolean isOpenToOthers(Path data, Path file) {
    try {
      boolean open = permissions(file).contains(PosixFilePermission.OTHERS_READ);
      for (Path at = file.getParent(); !at.equals(data); at = at.getParent()) {
        open &= permissions(at).contains(PosixFilePermission.OTHERS_EXECUTE);
      }
      return open;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<PosixFilePermission> permissions(Path path) throws IOException {
    return Files.getPosixFilePermissions(path);
  }
}
