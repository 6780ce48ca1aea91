package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import muster.wire.JsonObject;
import org.junit.jupiter.api.Test;

/// Packages, accounts, containers, processes: whatever other programs do.
class MachineToolsTest extends ProgramsCase {
  @Test
  void packageUpdates_areReadFromWhatWouldBeDone() throws Exception {
    program(
        "apt-get",
        """
        echo 'Reading package lists...'
        echo 'Inst libc6 [2.36-9] (2.36-10 Debian:12/stable [amd64])'
        echo 'Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])'
        echo 'Inst fresh (1.0 Debian:12/stable [amd64])'
        echo 'Conf libc6 (2.36-10 Debian:12/stable [amd64])'\
        """);
    JsonObject told = done("package_updates", "{}");

    assertThat(told.integer("count")).isEqualTo(2);
    List<JsonObject> updates = told.objects("updates", each -> each);
    assertThat(updates.get(0).string("package")).isEqualTo("libc6");
    assertThat(updates.get(0).string("installed")).isEqualTo("2.36-9");
    assertThat(updates.get(0).string("candidate")).isEqualTo("2.36-10");
    assertThat(updates.get(0).flag("security")).isFalse();
    assertThat(updates.get(1).flag("security")).isTrue();
    assertThat(calls("apt-get").get(0)).contains("[--simulate]");
  }

  @Test
  void packageInstall_installsWhatIsCalledExactlySo() throws Exception {
    program("apt-get", "[ \"$DEBIAN_FRONTEND\" = noninteractive ]");
    program("apt-cache", "echo vim-tiny; echo vim");
    program("dpkg-query", "echo 'installed 2:9.0'");
    JsonObject told = done("package_install", "{\"package\":\"vim\"}");

    assertThat(told.string("version")).isEqualTo("2:9.0");
    assertThat(calls("apt-get"))
        .containsExactly(
            "C [--yes] [--quiet] [--option=Dpkg::Options::=--force-confold] [install] [--] [vim]");
    assertThat(failure("package_install", "{\"package\":\"vi.m\"}"))
        .isEqualTo("vi.m: no such package");
    assertThat(calls("apt-get")).hasSize(1);
  }

  @Test
  void packageRemove_ofWhatIsNotInstalled_doesNothing() throws Exception {
    program("apt-get", "");
    program("dpkg-query", "echo 'no packages found' >&2; exit 1");

    assertThat(failure("package_remove", "{\"package\":\"vim\"}")).isEqualTo("vim: not installed");
    assertThat(calls("apt-get")).isEmpty();
    program("dpkg-query", "echo 'installed 1'");
    program("apt-get", "echo 'E: Could not get lock' >&2; exit 100");
    assertThat(failure("package_remove", "{\"package\":\"vim\"}"))
        .isEqualTo("apt-get: E: Could not get lock");
  }

  @Test
  void userManage_callsTheProgramForEachAction() throws Exception {
    for (String program : List.of("useradd", "userdel", "usermod")) {
      program(program, "");
    }
    done(
        "user_manage",
        "{\"action\":\"add\",\"username\":\"anna-x9\",\"groups\":[\"adm\",\"video\"]}");
    assertThat(calls("useradd"))
        .containsExactly("C [--create-home] [--groups] [adm,video] [--] [anna-x9]");
    for (String action : List.of("delete", "lock", "unlock")) {
      String args = "{\"action\":\"" + action + "\",\"username\":\"%s\"}";
      assertThat(failure("user_manage", args.formatted("nosuch-x9")))
          .isEqualTo("nosuch-x9: no such account on this machine");
      assertThat(failure("user_manage", args.formatted("root")))
          .isEqualTo("root: an account of the system, which is left alone");
    }
    assertThat(failure("user_manage", "{\"action\":\"add\",\"username\":\"root\"}"))
        .isEqualTo("root: there is such an account");
    assertThat(calls("userdel")).isEmpty();
    assertThat(calls("usermod")).isEmpty();
    for (String name : List.of("-r", "a b", "Anna", "a;id")) {
      assertThatThrownBy(
              () -> done("user_manage", "{\"action\":\"add\",\"username\":\"" + name + "\"}"))
          .hasMessageContaining("args.username");
    }
    assertThatThrownBy(() ->
            done(
                "user_manage", "{\"action\":\"groups\",\"username\":\"anna\",\"groups\":[\"-x\"]}"))
        .hasMessageContaining("args.groups");
  }

  @Test
  void containers_areListedByWhatIsThere_dockerOrPodman() throws Exception {
    assertThat(failure("container_list", "{}")).isEqualTo("docker is not on this machine");
    program("podman", "printf 'abc\\tweb\\tnginx:1\\trunning\\tUp 2 hours\\t80/tcp\\n'");
    List<JsonObject> found =
        done("container_list", "{\"all\":true}").objects("containers", each -> each);

    assertThat(found).hasSize(1);
    assertThat(found.get(0).string("name")).isEqualTo("web");
    assertThat(found.get(0).string("state")).isEqualTo("running");
    assertThat(calls("podman").get(0)).endsWith("[--all]");
    program("docker", "");
    assertThat(done("container_list", "{}").objects("containers", each -> each)).isEmpty();
    assertThat(calls("docker")).hasSize(1);
  }

  @Test
  void containerLogs_areInTheOrderTheyWereWritten_ofBothStreams() throws Exception {
    program(
        "docker",
        """
        echo '2026-01-01T00:00:01.000000000Z one'
        echo '2026-01-01T00:00:02.000000000Z two' >&2
        echo '2026-01-01T00:00:03.000000000Z three'\
        """);
    List<JsonObject> lines =
        done("container_logs", "{\"container\":\"web\",\"tail\":5}").objects("lines", each -> each);

    assertThat(lines)
        .extracting(line -> line.string("text"))
        .containsExactly("one", "two", "three");
    assertThat(lines.get(1).string("stream")).isEqualTo("stderr");
    assertThat(calls("docker")).containsExactly("C [logs] [--timestamps] [--tail] [5] [web]");
    assertThatThrownBy(() -> done("container_logs", "{\"container\":\"-it\"}"))
        .hasMessageContaining("args.container");
  }

  @Test
  void containerControl_acts_andTellsTheState() throws Exception {
    program("docker", "case $1 in inspect) echo exited ;; *) echo web ;; esac");
    JsonObject told = done("container_control", "{\"container\":\"web\",\"action\":\"stop\"}");

    assertThat(told.string("state")).isEqualTo("exited");
    assertThat(calls("docker").get(0)).isEqualTo("C [stop] [web]");
  }

  @Test
  void reboot_isPutOffByMinutes_soThatItsAnswerArrives() throws Exception {
    program("shutdown", "");
    assertThat(done("reboot", "{\"delay\":5}").integer("reboot_in_minutes")).isEqualTo(5);
    done("reboot", "{}");

    assertThat(calls("shutdown")).containsExactly("C [-r] [+5]", "C [-r] [+1]");
    assertThatThrownBy(() -> done("reboot", "{\"delay\":0}"))
        .hasMessageContaining("args.delay: 0 (expected: 1..1440)");
  }

  @Test
  void processKill_endsOneByItsPid_andAllOfAName() throws Exception {
    Path program = Files.copy(Path.of("/bin/sleep"), directory.resolve("mustertestsleep"));
    Process one = new ProcessBuilder(program.toString(), "600").start();
    Process two = new ProcessBuilder(program.toString(), "600").start();
    done("process_kill", "{\"pid\":" + one.pid() + "}");
    assertThat(one.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(one.exitValue()).isEqualTo(128 + 15);

    done("process_kill", "{\"name\":\"mustertestsleep\",\"signal\":\"KILL\"}");
    assertThat(two.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(two.exitValue()).isEqualTo(128 + 9);
    assertThat(failure("process_kill", "{\"name\":\"mustertestsleep\"}"))
        .isEqualTo("mustertestsleep: no such process");
    assertThat(failure("process_kill", "{\"pid\":" + ProcessHandle.current().pid() + "}"))
        .endsWith("the agent itself");
  }

  @Test
  void processKill_withAnotherSignal_asksTheProgramKill() throws Exception {
    program("kill", "");
    done(
        "process_kill",
        "{\"pid\":"
            + ProcessHandle.current().parent().orElseThrow().pid()
            + ",\"signal\":\"HUP\"}");

    assertThat(calls("kill")).singleElement().asString().startsWith("C [-s] [HUP] [");
  }

  @Test
  void networkTest_tellsWhetherSomebodyAnswers() throws Exception {
    program("ping", "echo '4 packets transmitted, 0 received'; exit 1");
    allow("{\"http\":{\"allow\":[\"127.0.0.1\"]}}");
    JsonObject told = done("network_test", "{\"target\":\"127.0.0.1\"}");

    assertThat(told.flag("reached")).isFalse();
    assertThat(told.strings("lines")).containsExactly("4 packets transmitted, 0 received");
    assertThat(calls("ping")).containsExactly("C [-n] [-c] [4] [-W] [2] [127.0.0.1]");
    program("tracepath", "echo ' 1:  127.0.0.1'");
    assertThat(
            done("network_test", "{\"target\":\"127.0.0.1\",\"mode\":\"trace\"}").flag("reached"))
        .isTrue();
    assertThat(calls("tracepath")).containsExactly("C [-n] [-m] [20] [127.0.0.1]");
    allow("{}");
    assertThatThrownBy(() -> done("network_test", "{\"target\":\"127.0.0.1\"}"))
        .hasMessageContaining("127.0.0.1 is this machine or its link");
  }

  @Test
  void setInterval_isHeardByTheHeartbeats() {
    done("set_interval", "{\"interval\":5}");

    assertThat(pace.get()).contains(Duration.ofSeconds(5));
    assertThatThrownBy(() -> done("set_interval", "{\"interval\":60}"))
        .hasMessageContaining("args.interval: 60 (expected: 5..30)");
  }

  @Test
  void verifyBackup_ofADatabase_asksSqlite() throws Exception {
    Path file = directory.resolve("a b.db");
    Files.write(file, "SQLite format 3\0 and more".getBytes());
    String args = path(file).replace("}", ",\"verification_type\":\"db_integrity\"}");
    program("sqlite3", "echo ok");
    assertThat(done("verify_backup", args).flag("ok")).isTrue();
    assertThat(calls("sqlite3").get(0)).contains("a%20b.db?immutable=1] [PRAGMA integrity_check");
    program("sqlite3", "echo '*** in database main ***'");
    JsonObject broken = done("verify_backup", args);
    assertThat(broken.flag("ok")).isFalse();
    assertThat(broken.string("problem")).isEqualTo("*** in database main ***");
    Files.writeString(file, "something else");
    assertThat(failure("verify_backup", args)).endsWith("not a database of SQLite");
  }
}
