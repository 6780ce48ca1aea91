package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BusyStoreTest {
  @Test
  @DisplayName(
      "a write that has to wait for too long is answered 503; reads go on; then all is well")
  void lockedStore_answers503InTime() throws Exception {
    try (TestMuster muster = TestMuster.start();
        Connection other =
            DriverManager.getConnection(
                "jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try (Statement statement = other.createStatement()) {
        statement.execute("begin immediate");
        List<Future<TestReply>> writes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          writes.add(threads.submit(() -> muster.admin().post("/v1/devices/enrollment", Map.of())));
        }
        muster.admin().get("/v1/devices").expect(200);
        for (Future<TestReply> write : writes) {
          TestReply reply = write.get().expect(503);
          // The store gives up the first ones; those behind them run out of time waiting.
          assertThat(reply.text("error")).isIn("store_unavailable", "unavailable");
          assertThat(reply.header("retry-after")).isNotEmpty();
        }
        muster.admin().get("/v1/devices").expect(200);
        statement.execute("rollback");
      }
      muster.admin().post("/v1/devices/enrollment", Map.of()).expect(200);
    }
  }
}
