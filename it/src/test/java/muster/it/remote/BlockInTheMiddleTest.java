package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.server.Config;
import muster.testkit.BadLink;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A device is blocked while it runs a command, takes a file and shows a terminal.
class BlockInTheMiddleTest {
  private static final long FAST = 1 << 30;
  private static final long SLOW = 2 << 20;
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration WITHIN = Duration.ofSeconds(120);
  private static final String WHY = "the device was blocked";

  @TempDir private Path directory;
  @TempDir private Path files;
  private TestMuster muster;
  private BadLink link;
  private RealAgent agent;

  BlockInTheMiddleTest() {
    muster =
        TestMuster.start(config -> config.withDevice(new Config.Device(1, 30, Optional.empty())));
    link = new BadLink(muster.port(), FAST, 0, 1);
  }

  @BeforeEach
  void start() {
    agent = RealAgent.start(muster.admin(), link.url(), directory);
  }

  @AfterEach
  void stop() {
    agent.close();
    link.close();
    muster.close();
  }

  @Test
  @Tag("F067")
  @DisplayName(
      "F067: a blocked device's command, file and terminal end, and it works once unblocked")
  void block_endsAllThatIsGoingOn() throws IOException {
    Path target = files.toRealPath().resolve("file");
    Sitting sitting = Sitting.begin(muster, agent.device(), Map.of()).awaitText("ready> ");
    sitting.type("sleep 1000 & echo job:$!\n");
    sitting.type("echo pid:$$\n");
    List<ProcessHandle> shell =
        List.of(process(sitting.awaitNumber("pid:")), process(sitting.awaitNumber("job:")));
    String command = submit("sleep 1000 & echo shell:$$ job:$!; wait");
    List<ProcessHandle> running =
        List.of(process(printed(command, "shell:")), process(printed(command, "job:")));
    link.limit(SLOW);
    String transfer = upload(target, new byte[32 << 20]);
    await().atMost(WITHIN).until(() -> names().equals(List.of(".muster-" + transfer)));

    muster.admin().post("/api/devices/" + agent.device() + "/block", Map.of()).expect(200);

    assertThat(sitting.awaitClose()).isEqualTo("4410 " + WHY);
    TestReply ended = muster.admin().get("/v1/commands/" + command).expect(200);
    assertThat(ended.text("status")).isEqualTo("cancelled");
    assertThat(ended.text("error")).isEqualTo(WHY);
    TestReply broken = muster.admin().get("/v1/transfers/" + transfer).expect(200);
    assertThat(broken.text("status")).isEqualTo("failed");
    assertThat(broken.text("error")).isEqualTo(WHY);
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(Stream.concat(shell.stream(), running.stream()))
                .noneMatch(ProcessHandle::isAlive));

    muster.admin().post("/api/devices/" + agent.device() + "/unblock", Map.of()).expect(200);
    link.limit(FAST);
    agent.restart();

    String again = submit("echo works again");
    await().atMost(WITHIN).until(() -> output(again).contains("works again"));
    String small = upload(target, new byte[9]);
    await()
        .atMost(WITHIN)
        .until(
            () -> muster.admin().get("/v1/transfers/" + small).text("status").equals("completed"));
    await().atMost(WITHIN).until(() -> names().equals(List.of("file")));
    assertThat(target).hasSize(9);
    Sitting.begin(muster, agent.device(), Map.of()).awaitText("ready> ").close();
  }

  private static ProcessHandle process(long pid) {
    return ProcessHandle.of(pid).orElseThrow();
  }

  private String submit(String line) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + agent.device() + "/commands",
            Map.of("tool", "bash", "args", Map.of("command", line)))
        .expect(201)
        .text("id");
  }

  private String output(String command) {
    return muster.admin().get("/v1/commands/" + command + "/output?follow=false").body();
  }

  private long printed(String command, String before) {
    Pattern wanted = Pattern.compile(before + "([0-9]+)");
    Matcher found =
        await().atMost(WITHIN).until(() -> wanted.matcher(output(command)), Matcher::find);
    return Long.parseLong(found.group(1));
  }

  private String upload(Path target, byte[] content) {
    return muster
        .admin()
        .sendBytes(
            "PUT",
            "/v1/devices/" + agent.device() + "/files?path=" + target,
            Optional.of(content),
            Map.of())
        .expect(201)
        .text("id");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(files)) {
      return all.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }
}
