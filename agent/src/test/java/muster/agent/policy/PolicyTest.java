package muster.agent.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import muster.wire.FieldException;
import muster.wire.Json;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyTest {
  private static final Path OWN = Path.of("/var/lib/muster-agent");

  private static Policy policy(String rules) {
    return Policy.of(Json.parseObject(rules), OWN);
  }

  private static void denied(String message, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(DeniedException.class).hasMessage(message);
  }

  private static InetAddress address(String text) {
    return Network.literal(text).orElseThrow();
  }

  @Test
  void withoutRules_whatTheUserCanDoIsAllowed() {
    Policy open = Policy.open(Optional.of(OWN));

    open.requireTool("bash");
    open.requireShell("/bin/bash");
    open.requireProgram("rm");
    open.requireVariable("LD_PRELOAD");
    open.requirePath(Policy.Access.WRITE, Path.of("/etc/passwd"));
    open.requireForward("localhost", address("127.0.0.1"), 22);
    open.requireTerminal("/bin/bash");
    assertThat(open.limits()).isEqualTo(Limits.MOST);
  }

  @Test
  void tools_allowAndDeny_takePatterns() {
    Policy policy = policy("{\"tools\":{\"allow\":[\"*_file\",\"bash\"],\"deny\":[\"write*\"]}}");

    policy.requireTool("read_file");
    policy.requireTool("bash");
    denied("write_file: tools.deny has write*", () -> policy.requireTool("write_file"));
    denied("list_files: not in tools.allow", () -> policy.requireTool("list_files"));
    assertThat(policy("{\"tools\":{\"allow\":[]}}").allowsTool("bash")).isFalse();
  }

  @Test
  void programs_allowedByName_arePathsNowhereElse() {
    Policy policy =
        policy(
            "{\"commands\":{\"allow\":[\"uptime\",\"git*\",\"/opt/tools/*\"],\"deny\":[\"rm\"]}}");

    policy.requireProgram("uptime");
    policy.requireProgram("git-log");
    policy.requireProgram("/opt/tools/check");
    denied("/tmp/uptime: not in commands.allow", () -> policy.requireProgram("/tmp/uptime"));
    denied(
        "/opt/tools/../sh: not in commands.allow", () -> policy.requireProgram("/opt/tools/../sh"));
    denied("/opt/tools/a/b: not in commands.allow", () -> policy.requireProgram("/opt/tools/a/b"));
    denied("./uptime: not in commands.allow", () -> policy.requireProgram("./uptime"));
    denied("/usr/bin/rm: commands.deny has rm", () -> policy.requireProgram("/usr/bin/rm"));
  }

  @Test
  void programs_allowed_closeShellsAndEnvironment_unlessToldOtherwise() {
    Policy some = policy("{\"commands\":{\"allow\":[\"uptime\"]}}");
    denied("args.command: commands.shells is false", () -> some.requireShell("/bin/bash"));
    denied("args.env.PATH: not in commands.env", () -> some.requireVariable("PATH"));

    Policy more = policy("{\"commands\":{\"allow\":[],\"shells\":true,\"env\":[\"LANG\"]}}");
    more.requireShell("/bin/bash");
    more.requireVariable("LANG");
    denied("args.env.PATH: not in commands.env", () -> more.requireVariable("PATH"));

    Policy less = policy("{\"commands\":{\"deny\":[\"*sh\"]}}");
    denied("/bin/bash: commands.deny has *sh", () -> less.requireShell("/bin/bash"));
  }

  @Test
  void programs_denied_areSoUnderEveryName(@TempDir Path given) throws IOException {
    Path root = given.toRealPath();
    Path sbin = Files.createDirectories(root.resolve("usr/sbin"));
    Path tool = Files.createFile(Files.createDirectory(root.resolve("usr/bin")).resolve("tool"));
    Path reboot = Files.createSymbolicLink(sbin.resolve("reboot"), Path.of("../bin/tool"));
    Path merged = Files.createSymbolicLink(root.resolve("sbin"), Path.of("usr/sbin"));
    Path other = Files.createSymbolicLink(root.resolve("other"), merged.resolve("reboot"));
    Policy name = policy("{\"commands\":{\"deny\":[\"reboot\"]}}");
    Policy path = policy("{\"commands\":{\"deny\":[\"" + merged + "/reboot\"]}}");
    Policy file = policy("{\"commands\":{\"deny\":[\"" + root + "/usr/bin/*\"]}}");

    denied(
        "reboot (" + reboot + "): commands.deny has " + merged + "/reboot",
        () -> path.requireFound("reboot", reboot.toString()));
    for (Policy policy : List.of(name, path, file)) {
      for (String found : List.of(reboot.toString(), sbin + "//reboot", "" + other)) {
        assertThatThrownBy(() -> policy.requireFound("reboot", found))
            .as(found)
            .isInstanceOf(DeniedException.class);
      }
    }
    name.requireFound("tool", tool.toString());
    path.requireFound("tool", tool.toString());
    denied(
        tool + ": commands.deny has " + root + "/usr/bin/*",
        () -> file.requireFound(tool.toString(), tool.toString()));
  }

  @Test
  void http_hostsByNameNetworkAndPort() {
    Policy policy =
        policy(
            "{\"http\":{\"allow\":[\"*.example.org:443\",\"10.0.0.0/8\"],"
                + "\"deny\":[\"bad.example.org\",\"10.6.6.6\"]}}");

    policy.requireHttpAddress("a.example.org", address("192.0.2.1"), 443);
    policy.requireHttpAddress("db", address("10.1.2.3"), 80);
    denied(
        "a.example.org:80: not in http.allow",
        () -> policy.requireHttpAddress("a.example.org", address("192.0.2.1"), 80));
    denied(
        "BAD.example.org.:443: http.deny has bad.example.org",
        () -> policy.requireHttpHost("BAD.example.org.", 443));
    denied(
        "db:80: http.deny has 10.6.6.6",
        () -> policy.requireHttpAddress("db", address("10.6.6.6"), 80));
    denied("192.0.2.1:80: not in http.allow", () -> policy.requireHttpHost("192.0.2.1", 80));
    // A name may stand for an address of the network: that shows when it is looked up.
    policy.requireHttpHost("db", 80);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "224.0.0.1"
      })
  void http_ownAndMetadataAddresses_areDeniedUnlessNamed(String special) {
    InetAddress address = address(special);

    for (String rules :
        new String[] {"{}", "{\"http\":{\"allow\":[\"*\",\"evil.example.org\"]}}"}) {
      assertThatThrownBy(() -> policy(rules).requireHttpAddress("evil.example.org", address, 80))
          .as(rules)
          .isInstanceOf(DeniedException.class)
          .hasMessageContaining("not named in http.allow");
    }
    assertThatThrownBy(() -> policy("{}").requireHttpHost("[" + special + "]", 80))
        .isInstanceOf(DeniedException.class);
    String named =
        address instanceof Inet4Address
            ? address.getHostAddress()
            : "[" + address.getHostAddress() + "]";
    policy("{\"http\":{\"allow\":[\"" + named + "\"]}}")
        .requireHttpAddress("evil.example.org", address, 80);
  }

  @Test
  void http_localhostNamed_isAllowed() {
    policy("{\"http\":{\"allow\":[\"localhost:8080\"]}}")
        .requireHttpAddress("localhost", address("127.0.0.1"), 8080);
  }

  @Test
  void forward_andTerminal_areDeniedWithTheRule() {
    Policy policy = policy("{\"forward\":{\"allow\":[\"localhost:22\"]},\"terminal\":false}");

    policy.requireForward("localhost", address("127.0.0.1"), 22);
    denied(
        "localhost:23: not in forward.allow",
        () -> policy.requireForward("localhost", address("127.0.0.1"), 23));
    denied("terminal: false", () -> policy.requireTerminal("/bin/bash"));
  }

  @Test
  void forward_withoutRules_leadsToThisMachineOnly() {
    Policy open = Policy.open(Optional.of(OWN));
    Policy named = policy("{\"forward\":{\"allow\":[\"10.0.0.0/8:22\"]}}");
    Policy narrowed = policy("{\"forward\":{\"deny\":[\"localhost:22\"]}}");

    open.requireForward("localhost", address("127.0.0.1"), 5432);
    open.requireForward("::1", address("::1"), 5432);
    denied(
        "db.example:5432: not this machine's own address, and there is no forward.allow",
        () -> open.requireForward("db.example", address("10.1.2.3"), 5432));
    named.requireForward("db.example", address("10.1.2.3"), 22);
    denied(
        "localhost:22: forward.deny has localhost:22",
        () -> narrowed.requireForward("localhost", address("127.0.0.1"), 22));
  }

  @Test
  void terminal_isDenied_whereNoShellIsAllowed_unlessToldOtherwise() {
    for (String rules :
        List.of(
            "{\"commands\":{\"allow\":[\"uptime\"]}}",
            "{\"commands\":{\"shells\":false}}",
            "{\"tools\":{\"deny\":[\"bash\"]}}",
            "{\"tools\":{\"allow\":[\"system_info\"]}}")) {
      denied("terminal: false", () -> policy(rules).requireTerminal("/bin/bash"));
    }
    policy("{\"tools\":{\"deny\":[\"bash\"]},\"terminal\":true}").requireTerminal("/bin/bash");
    policy("{\"read\":{\"allow\":[\"/etc\"]}}").requireTerminal("/bin/bash");
    denied(
        "/bin/bash: commands.deny has *sh",
        () -> policy("{\"commands\":{\"deny\":[\"*sh\"]}}").requireTerminal("/bin/bash"));
    policy("{\"commands\":{\"deny\":[\"zsh\"]}}").requireTerminal("/bin/bash");
    policy("{\"commands\":{\"deny\":[\"*sh\"]},\"terminal\":true}").requireTerminal("/bin/bash");
  }

  @Test
  void broken_allowsNothing() {
    Policy broken = Policy.broken("offset 3", OWN);

    assertThat(broken.allowsTool("system_info")).isFalse();
    denied("policy.json cannot be used: offset 3", () -> broken.requireTerminal("/bin/bash"));
    denied(
        "policy.json cannot be used: offset 3",
        () -> broken.requireForward("localhost", address("127.0.0.1"), 22));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"tool\":{}}",
        "{\"tools\":[]}",
        "{\"tools\":null}",
        "{\"tools\":{\"allow\":null}}",
        "{\"tools\":{\"alow\":[]}}",
        "{\"tools\":{\"deny\":\"bash\"}}",
        "{\"tools\":{\"deny\":[\"a b\"]}}",
        "{\"read\":{\"allow\":[\"etc\"]}}",
        "{\"read\":{\"allow\":[\"/etc/../root\"]}}",
        "{\"write\":{\"deny\":[5]}}",
        "{\"commands\":{\"allow\":[\"bin/x\"]}}",
        "{\"commands\":{\"shells\":\"no\"}}",
        "{\"commands\":{\"env\":[\"A=B\"]}}",
        "{\"http\":{\"allow\":[\"http://a\"]}}",
        "{\"http\":{\"allow\":[\"10.0.0.0/33\"]}}",
        "{\"http\":{\"allow\":[\"a:99999\"]}}",
        "{\"forward\":{\"allow\":[\"[::1\"]}}",
        "{\"terminal\":1}",
        "{\"terminal\":null}",
        "{\"limits\":{\"running\":0}}",
        "{\"limits\":{\"running\":17}}",
        "{\"limits\":{\"timeout_seconds\":\"1\"}}",
        "{\"limits\":{\"memory\":1}}"
      })
  void mistakes_areNamedWithField(String rules) {
    assertThatThrownBy(() -> policy(rules))
        .isInstanceOf(FieldException.class)
        .hasMessageMatching("[a-z_.]+(\\[0])?: .*\\(expected: .*\\)");
  }

  @Test
  void glob_starStandsForAnythingButSlash() {
    assertThat(Glob.matches("a*c", "abbbc")).isTrue();
    assertThat(Glob.matches("*", "")).isTrue();
    assertThat(Glob.matches("a*b*c", "aXbYbZc")).isTrue();
    assertThat(Glob.matches("a*c", "ab/c")).isFalse();
    assertThat(Glob.matches("a", "ab")).isFalse();
    assertThat(Glob.matches("ab", "a")).isFalse();
  }
}
