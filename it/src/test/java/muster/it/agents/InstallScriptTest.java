package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import muster.it.page.Shell;
import muster.it.page.StateFiles;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The install script of one device, run for real on a machine that is a directory (F133).
class InstallScriptTest {
  private static final Duration WITHIN = Duration.ofSeconds(120);
  private static final String HOSTILE = "it's $(touch owned) `touch owned` \"; touch owned #";

  private static TestMuster muster;

  @TempDir private Path machine;

  private TestReply made;
  private String key = "";
  private Path agent = Path.of("");

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void create() {
    Shell.assumeInstalled("curl", "setsid", "mkfifo", "dash", "bash");
    made = muster.admin().post("/api/agents", Map.of("label", HOSTILE)).expect(201);
    key = made.text("key");
    agent = machine.resolve("an agent's place");
  }

  /// Nothing that was started outlives its test.
  @AfterEach
  void end() throws Exception {
    if (Files.exists(agent.resolve("state/agent.pid"))) {
      run("sh", "--uninstall");
    }
  }

  private String script() {
    return muster.client(key).get("/api/agents/install-script").expect(200).body();
  }

  private Path scriptFile() throws IOException {
    return Files.writeString(machine.resolve("install.sh"), script());
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("HOME", machine.toString());
    environment.put("MUSTER_AGENT_DIR", agent.toString());
    Path programs = machine.resolve("bin");
    environment.put("PATH", programs + ":" + System.getenv("PATH"));
    return environment;
  }

  /// Piped into a shell, as the page says.
  private Shell.Ended run(String shell, String options) throws Exception {
    return Shell.run(
        "%s -s -- %s <'%s'".formatted(shell, options, scriptFile()), machine, environment());
  }

  private String presence() {
    return muster
        .admin()
        .get("/v1/devices/" + made.text("agent_id"))
        .expect(200)
        .text("/presence/state");
  }

  private void awaitOnline(Shell.Ended ended) {
    Awaitility.await("online after: " + ended.output())
        .atMost(WITHIN)
        .until(this::presence, "online"::equals);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(machine)) {
      return all.filter(Files::isRegularFile)
          .map(file -> machine.relativize(file).toString())
          .filter(name -> !name.equals("install.sh") && !name.matches("output.*\\.txt"))
          .filter(name -> !name.startsWith("bin/"))
          .toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash"})
  @Tag("F133")
  void piped_withoutSystemd_startsTheAgentWithThisCredential(String shell) throws Exception {
    Shell.Ended ended = run(shell, "--background");
    assertThat(ended.status()).as(ended.output()).isZero();
    awaitOnline(ended);
    assertThat(ended.output())
        .contains(agent.toString(), made.text("agent_id"), HOSTILE.substring(5, 20), "Done: ")
        .doesNotContain(key);
    assertThat(files()).doesNotContain("owned");
    StateFiles.assertPrivate(agent.resolve("state"));
    assertOnlyTheCredentialHasTheKey();
    assertNoProcessShowsTheKey();

    Shell.Ended again = run(shell, "--background");
    assertThat(again.status()).as("a second run: " + again.output()).isZero();
    awaitOnline(again);

    Shell.Ended removed = run(shell, "--uninstall");
    assertThat(removed.status()).as(removed.output()).isZero();
    assertThat(files()).isEmpty();
    assertThat(agent).doesNotExist();
    Awaitility.await().atMost(WITHIN).until(this::presence, "offline"::equals);
  }

  @Test
  @Tag("F133")
  void uninstall_leavesWhatDeploymentsInstalled_forItMayBeRunning() throws Exception {
    Shell.Ended ended = run("sh", "--background");
    assertThat(ended.status()).as(ended.output()).isZero();
    Path updates = agent.resolve("state/updates");
    Files.createDirectories(updates.resolve("app/slots/2.0.0"));
    Files.createSymbolicLink(updates.resolve("app/current"), Path.of("slots/2.0.0"));
    Files.createDirectories(updates.resolve("half/download"));

    Shell.Ended removed = run("sh", "--uninstall");
    assertThat(removed.status()).as(removed.output()).isZero();
    assertThat(removed.output()).contains("kept     " + updates.resolve("app"));
    assertThat(updates.resolve("app/current")).exists();
    assertThat(updates).isDirectoryNotContaining("glob:**/half");
    assertThat(updates.getParent()).isDirectoryNotContaining("glob:**/credential.json");
  }

  private void assertOnlyTheCredentialHasTheKey() throws IOException {
    for (String name : files()) {
      boolean has =
          Files.readString(machine.resolve(name), StandardCharsets.ISO_8859_1).contains(key);
      assertThat(has).as(name).isEqualTo(name.endsWith("credential.json"));
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(agent.resolve("state/credential.json"))))
        .isEqualTo("rw-------");
  }

  private void assertNoProcessShowsTheKey() {
    assertThat(ProcessHandle.allProcesses().map(process -> process.info().commandLine()))
        .noneMatch(line -> line.filter(text -> text.contains(key)).isPresent());
  }

  /// A spy in place of every program that the script starts: none is ever given the key.
  @Test
  @Tag("F133")
  void key_isInNoProgramsArguments_alsoInThatOfTheLineToPaste() throws Exception {
    Path spied = machine.resolve("bin/spied");
    for (String program : List.of("curl", "setsid", "grep", "sed", "cut", "sh")) {
      String real = Shell.run("command -v " + program, machine, Map.of()).output().strip();
      program(
          "%s", program, "printf '%s\\n' \"$0 $*\" >>'" + spied + "'\nexec " + real + " \"$@\"");
    }
    Shell.Ended ended =
        Shell.run(
            made.text("install_cmd").replaceAll("sh$", "sh -s -- --background"),
            machine,
            environment());
    assertThat(ended.status()).as(ended.output()).isZero();
    awaitOnline(ended);
    assertThat(Files.readString(spied)).contains("/curl ", "/sh ").doesNotContain(key);
  }

  private void program(String format, String name, String body) throws IOException {
    Path file = Files.createDirectories(machine.resolve("bin")).resolve(format.formatted(name));
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash"})
  @Tag("F133")
  void script_cutOffAnywhere_doesNothing(String shell) throws Exception {
    String whole = script();
    Path cut = machine.resolve("cut.sh");
    String[] lines = whole.split("\n");
    StringBuilder part = new StringBuilder();
    StringBuilder every = new StringBuilder("cd '" + machine + "'\n");
    int number = 0;
    for (String line : lines) {
      part.append(line).append('\n');
      if (part.length() < whole.length()) {
        Path file = Files.writeString(machine.resolve("cut" + number++ + ".txt"), part);
        every.append(shell).append(" -s -- --background <").append(file.getFileName()).append('\n');
      }
    }
    String last = whole.stripTrailing();
    for (int length = last.lastIndexOf('\n') + 1; length < last.length(); length++) {
      Path file =
          Files.writeString(machine.resolve("cut" + number++ + ".txt"), last.substring(0, length));
      every.append(shell).append(" -s -- --background <").append(file.getFileName()).append('\n');
    }
    Files.writeString(cut, every.append("exit 0\n"));
    Shell.Ended ended = Shell.run("sh " + cut, machine, environment());
    assertThat(number).isGreaterThan(400);
    assertThat(ended.output()).doesNotContain("Muster agent in", "Done");
    assertThat(agent).doesNotExist();
  }

  @Test
  @Tag("F133")
  void dryRun_saysWhatItWouldDo_andDoesNothing() throws Exception {
    Shell.Ended ended = run("sh", "--background --dry-run");
    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("program  " + agent, "state    " + agent, made.text("agent_id"))
        .contains("Nothing was done")
        .doesNotContain(key);
    assertThat(files()).isEmpty();
    assertThat(presence()).isEqualTo("offline");
  }

  @Test
  @Tag("F133")
  void dryRun_serverOutOfReach_saysSo() throws Exception {
    String elsewhere = script().replace(muster.url().toString(), "http://127.0.0.1:9");
    Path file = Files.writeString(machine.resolve("install.sh"), elsewhere);
    Shell.Ended ended =
        Shell.run("sh -s -- --background --dry-run <" + file, machine, environment());
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.output()).contains("cannot reach http://127.0.0.1:9 from here");
  }

  @Test
  @Tag("F133")
  void agentThatIsNotTheExpectedOne_isNotInstalled() throws Exception {
    String wrong = script().replaceAll("agent_sha256='[0-9a-f]*'", "agent_sha256='00'");
    Path file = Files.writeString(machine.resolve("install.sh"), wrong);
    Shell.Ended ended = Shell.run("bash -s -- --background <" + file, machine, environment());
    assertThat(ended.status()).as(ended.output()).isEqualTo(1);
    assertThat(ended.output()).contains("not the expected one");
    assertThat(files()).isEmpty();
  }

  @Test
  @Tag("F133")
  void anotherDevicesMachine_isTakenOverOnlyWhenToldSo() throws Exception {
    assertThat(run("sh", "--background").status()).isZero();
    String first = made.text("agent_id");
    create();
    Shell.Ended refused = run("sh", "--background");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.output()).contains("enrolled already, as another device");
    Shell.Ended left = run("sh", "--uninstall");
    assertThat(left.status()).isEqualTo(1);
    assertThat(left.output()).contains("another device is enrolled here");
    assertThat(agent.resolve("state/credential.json")).content().contains(first);

    Shell.Ended taken = run("sh", "--background --replace");
    assertThat(taken.status()).as(taken.output()).isZero();
    awaitOnline(taken);
  }

  /// With a systemctl that writes down what it is asked and says yes; the machine's directories are
  /// those of the test.
  @ParameterizedTest
  @ValueSource(strings = {"sh", "sudo sh"})
  @Tag("F133")
  void withSystemd_theServiceIsInstalled(String shell) throws Exception {
    Path asked = machine.resolve("bin/asked");
    program("%s", "systemctl", "printf '%s\\n' \"$*\" >>'" + asked + "'");
    // As sudo: nothing of the environment, and root.
    program("%s", "sudo", "exec env -i PATH=\"$PATH\" FAKE_ROOT=1 \"$@\"");
    String id =
        shell.startsWith("sudo") ? "[ -n \"$FAKE_ROOT\" ] && echo 0 || echo 1000" : "echo 0";
    program("%s", "id", id);
    String script =
        script()
            .replace("/run/systemd/system", machine.toString())
            .replace("/etc/systemd/system", machine.toString())
            .replace("/var/lib/muster-agent", machine + "/state")
            .replace("/opt/muster-agent", machine + "/program");
    Path file = Files.writeString(machine.resolve("install.sh"), script);
    Map<String, String> environment = environment();
    environment.remove("MUSTER_AGENT_DIR");
    Shell.Ended ended = Shell.run(shell + " <" + file, machine, environment);
    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(Files.readString(asked).lines())
        .containsExactly(
            "daemon-reload",
            "enable --quiet muster-agent.service",
            "restart muster-agent.service",
            "is-active --quiet muster-agent.service");
    assertThat(machine.resolve("muster-agent.service"))
        .content()
        .contains("ExecStart=\"" + machine + "/program/muster-agent\" run")
        .doesNotContain(key, "enroll.token");
    assertThat(machine.resolve("state/credential.json")).content().contains(key);
    assertThat(ended.output()).contains("Done: ", "journalctl -u muster-agent");

    Shell.Ended removed = Shell.run(shell + " -s -- --uninstall <" + file, machine, environment);
    assertThat(removed.status()).as(removed.output()).isZero();
    assertThat(Files.readString(asked))
        .endsWith(
            "stop muster-agent.service\ndisable --quiet muster-agent.service\ndaemon-reload\n");
    assertThat(files()).isEmpty();
  }
}
