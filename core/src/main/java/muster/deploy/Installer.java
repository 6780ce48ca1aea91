package muster.deploy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.device.Names;
import muster.enrollment.Registered;
import muster.id.RandomIds;

/// The commands of one installation on one machine. Scripts go through standard input, so that no
/// list of processes there shows what is in them; what stands in command lines was checked.
final class Installer {
  private static final byte[] NOTHING = {};
  private static final int LONGEST_REASON = 300;
  private static final Pattern DIRECTORY = Pattern.compile("(/[A-Za-z0-9._/-]+)\\s*");

  /// Receives so many bytes in a directory of that name that only this user can read; it is gone
  /// when fewer come, as they do when the connection is cut, or nobody hears of them.
  private static final String RECEIVE =
      """
      sh -c 'umask 077; d=${TMPDIR:-/tmp}/%1$s; mkdir "$d" || exit 1;
      trap "rm -rf \\"\\$d\\"" EXIT; trap "exit 1" HUP INT PIPE TERM;
      cat >"$d/agent.jar"; n=$(($(wc -c <"$d/agent.jar")));
      [ "$n" = %2$d ] || { echo "muster: $n of %2$d bytes arrived; is the disk full?" >&2; exit 1; };
      echo "$d" && trap - EXIT'
      """
          .replace("\n", " ");

  private final SshHost host;
  private final AgentFiles files;
  private final String base;
  private final Attempt attempt;
  private String asRoot = "";
  private Optional<String> name = Optional.empty();
  private Optional<String> copy = Optional.empty();
  private boolean begun;

  /// @param base the URL by which the machine is to reach this server
  Installer(SshHost host, AgentFiles files, String base, Attempt attempt) {
    this.host = host;
    this.files = files;
    this.base = base;
    this.attempt = attempt;
  }

  /// Whether it would work; changes nothing.
  void preflight(Deployment wanted) {
    Limit within = attempt.within(Duration.ofSeconds(30));
    SshHost.Ended who = host.run(Step.PREFLIGHT, "uname -s; id -u", NOTHING, within);
    List<String> said = who.out().lines().map(String::strip).toList();
    if (who.status() != 0 || said.size() != 2 || !said.getFirst().equals("Linux")) {
      throw Step.PREFLIGHT.failed("%s is no Linux with a shell".formatted(wanted.target()));
    }
    if (!said.get(1).equals("0")) {
      asRoot = "sudo -n ";
      if (host.run(Step.PREFLIGHT, "sudo -n true", NOTHING, within).status() != 0) {
        throw Step.PREFLIGHT.failed(
            "%s is not root there and may not use sudo without a password"
                .formatted(wanted.user()));
      }
    }
    String vacant = wanted.replace() ? "" : " --vacant";
    script(Step.PREFLIGHT, files.script(base), "--dry-run" + vacant, within);
  }

  void copy() {
    byte[] jar = files.agentJar();
    String directory = "muster-deploy." + RandomIds.text(20);
    name = Optional.of(directory);
    SshHost.Ended ended =
        host.run(
            Step.COPY,
            RECEIVE.formatted(directory, jar.length),
            jar,
            attempt.within(Duration.ofSeconds(40)));
    Matcher told = DIRECTORY.matcher(ended.out());
    if (ended.status() != 0 || !told.matches()) {
      throw Step.COPY.failed(reason(ended));
    }
    copy = Optional.of(told.group(1) + "/agent.jar");
  }

  /// Its checksum is checked by the script.
  void install(Registered device, boolean replace) {
    begun = true;
    script(
        Step.INSTALL,
        files.script(base, device.device(), device.token()),
        "--agent-jar " + copy.orElseThrow() + (replace ? " --replace" : ""),
        attempt.within(Duration.ofSeconds(60)));
  }

  /// Ends [#install] if it still goes on there, and takes away what it has left, if anything.
  void uninstall(Registered device) {
    if (begun) {
      script(
          Step.INSTALL,
          files.script(base, device.device(), device.token()),
          "--uninstall --agent-jar " + copy.orElseThrow(),
          cleaning(Duration.ofSeconds(15)));
    }
  }

  void removeCopy() {
    name.ifPresent(directory ->
        host.run(
            Step.COPY,
            "sh -c 'rm -rf \"${TMPDIR:-/tmp}/%s\"'".formatted(directory),
            NOTHING,
            cleaning(Duration.ofSeconds(5))));
  }

  /// A server that stops cleans up all the same.
  private static Limit cleaning(Duration most) {
    return Limit.of(most, () -> false);
  }

  private void script(Step step, String text, String options, Limit within) {
    SshHost.Ended ended =
        host.run(
            step,
            asRoot + "sh -s -- --background " + options,
            text.getBytes(StandardCharsets.UTF_8),
            within);
    if (ended.status() != 0) {
      throw step.failed(reason(ended));
    }
  }

  /// What the script says is wrong, or else the last thing that anybody said.
  private static String reason(SshHost.Ended ended) {
    List<String> said =
        Stream.of(ended.out(), ended.err())
            .flatMap(String::lines)
            .filter(line -> !line.isBlank())
            .toList();
    String line =
        said.stream()
            .filter(text -> text.startsWith("muster: "))
            .map(text -> text.substring("muster: ".length()))
            .findFirst()
            .orElseGet(() -> said.isEmpty() ? "exit status " + ended.status() : said.getLast());
    return Names.reported(line, LONGEST_REASON);
  }
}
