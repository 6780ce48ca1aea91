package muster.it.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import muster.fault.Fault;
import muster.server.Config;
import muster.store.SqlSettings;
import muster.store.SqliteDatabase;
import muster.store.StoreOptions;
import muster.testkit.FakeDevice;
import muster.testkit.ServerProcess;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a store without room does, and one whose disk fails.
class FullDiskTest {
  private static final String BULK = "x".repeat(40_000);

  @TempDir Path directory;

  private static Map<String, ?> command() {
    return Map.of("tool", "bash", "args", Map.of("argv", List.of("echo", BULK)));
  }

  @Test
  void fullStore_refusesWritesByName_andAnswersReads() {
    try (TestMuster muster = TestMuster.start(config -> config.withStore(new Config.Store(2)))) {
      FakeDevice device = muster.enroll("filled");
      String path = "/v1/devices/" + device.id() + "/commands";
      TestReply reply = muster.admin().post(path, command());
      int stored = 0;
      while (reply.status() == 201) {
        stored++;
        assertThat(stored).isLessThan(200);
        reply = muster.admin().post(path, command());
      }
      assertThat(reply.expect(503).text("error")).isEqualTo("store_unavailable");
      assertThat(reply.text("detail")).contains("disk is full");
      assertThat(reply.header("retry-after")).isNotEmpty();
      // All that was answered is there, and can be read.
      assertThat(muster.admin().get("/v1/commands?limit=1000").expect(200).at("/commands"))
          .hasSize(stored);
      muster.admin().get("/v1/devices").expect(200);
      assertThat(muster.admin().get("/v1/audit/verify").expect(200).at("/ok").asBoolean()).isTrue();
    }
  }

  @Test
  void fullStore_goesOnWithoutANewStart_whenThereIsRoomAgain() {
    StoreOptions options = StoreOptions.of(directory.resolve("muster.db"), 1).withMaxBytes(2 << 20);
    try (SqliteDatabase database = SqliteDatabase.open(options)) {
      SqlSettings settings = new SqlSettings(database);
      int stored = 0;
      try {
        while (stored < 200) {
          settings.put("bulk-" + stored, new byte[40_000]);
          stored++;
        }
      } catch (Fault full) {
        assertThat(full.reason()).isEqualTo("store_unavailable");
        assertThat(full).hasMessageContaining("disk is full");
      }
      assertThat(stored).isBetween(10, 60);
      assertThat(database.isFull()).isTrue();
      assertThat(settings.get("bulk-0")).isPresent();
      assertThat(settings.get("bulk-" + stored)).isEmpty();
      settings.put("bulk-0", new byte[0]);
      settings.put("bulk-1", new byte[0]);
      settings.put("bulk-" + stored, new byte[40_000]);
      assertThat(database.isFull()).isFalse();
      assertThat(settings.get("bulk-" + stored)).isPresent();
    }
  }

  /// A real file system without a block left, in a mount namespace of the child's own.
  @Test
  void fullFileSystem_refusesWrites_losesNothing_andGoesOnWhenThereIsRoomAgain() throws Exception {
    Path mount = Files.createDirectory(directory.resolve("disk"));
    String namespace = "unshare --user --map-root-user --mount";
    String mounted = "mount -t tmpfs -o size=24m,mode=700 muster " + mount;
    assumeTrue(
        succeeds(namespace + " sh -c '" + mounted + "'"),
        "SKIPPED: no tmpfs can be mounted here (no user namespaces): the full disk was not tried");
    String wrapper = namespace + " sh -c '" + mounted + " && exec \"$@\"' sh \"$@\"";
    try (ServerProcess server =
        ServerProcess.wrapped(wrapper, directory.resolve("log"), mount.resolve("data"))) {
      Path inside = Path.of("/proc/" + server.pid() + "/root" + mount);
      int stored = 0;
      for (; stored < 20; stored++) {
        assertThat(enroll(server).status()).isEqualTo(200);
      }
      Path ballast = inside.resolve("ballast");
      fill(ballast);
      TestReply refused = enroll(server);
      for (int i = 0; refused.status() == 200 && i < 2000; i++) {
        stored++;
        refused = enroll(server);
      }
      assertThat(refused.status()).as(refused.body()).isEqualTo(503);
      assertThat(refused.body()).contains("store_unavailable", "disk is full");
      assertThat(count(server)).isEqualTo(stored);
      Files.delete(ballast);
      assertThat(enroll(server).status()).isEqualTo(200);
      assertThat(count(server)).isEqualTo(stored + 1);
      assertThat(server.client().get("/v1/audit/verify").body()).contains("\"ok\":true");
      assertThat(server.logged()).contains("disk is full").contains("the store can write again");
    }
  }

  private static TestReply enroll(ServerProcess server) {
    return server.client().post("/v1/devices/enrollment", Map.of());
  }

  private static int count(ServerProcess server) {
    return server.client().get("/v1/devices/enrollment").body().split("\"enr_", -1).length - 1;
  }

  private static boolean succeeds(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("/bin/sh", "-c", command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  private static void fill(Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      byte[] block = new byte[64 * 1024];
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }

  /// The kernel fails the write itself (EFBIG, for want of a failing disk): to SQLite an I/O error.
  @Test
  void failingDisk_endsTheServer_andANewStartHasAllThatWasAnswered() throws Exception {
    Path data = directory.resolve("data");
    int stored = 0;
    try (ServerProcess server =
        ServerProcess.wrapped("ulimit -f 3000; exec \"$@\"", directory.resolve("log"), data)) {
      try {
        while (enroll(server).status() == 200) {
          stored++;
          assertThat(stored).isLessThan(5_000);
        }
      } catch (UncheckedIOException gone) {
        // It ended before it answered.
      }
      assertThat(server.awaitExit()).isEqualTo(74);
      assertThat(server.logged()).contains("the store failed");
    }
    try (ServerProcess server = ServerProcess.start(directory.resolve("log2"), data)) {
      assertThat(count(server)).isBetween(stored, stored + 1);
      assertThat(server.client().get("/v1/audit/verify").body()).contains("\"ok\":true");
    }
  }
}
