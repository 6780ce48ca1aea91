package muster.agent;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import muster.agent.log.Log;
import muster.agent.net.CaPin;
import muster.agent.net.ServerAddress;

/// Reads the arguments of the program. `--key value` and `--key=value` are the same.
final class CommandLine {
  static final String USAGE =
      """
      usage: muster-agent COMMAND [OPTION]...

      commands
        enroll     trade an enrolment token for this device's credential, once
        pair       trade the code that 'muster pair' shows for a credential, once:
                   pair --host HOST --code CODE, or pair 'muster://pair?...' as the QR says
        adopt      take over the key of a device that the server has made already
        run        stay connected to the server; enrols first when that was not done
        status     tell whether this device is enrolled and connected

      options
        --server URL        the server, such as https://muster.example:18781
        --token TOKEN       the enrolment token; better MUSTER_ENROLL_TOKEN or --token-file,
                            which other users of this machine cannot see
        --token-file FILE   a file with the token, /dev/stdin for instance; run deletes it once it is used when it is in
                            the state directory
        --device ID         adopt: the device whose key the token is, dev_...
        --name NAME         the name wished for (default: the host name)
        --tag TAG           a tag wished for; may be repeated
        --ca-pin PIN        sha256/BASE64: trust only the CA with this public key
        --state DIR         where credential and journal are kept (default: /var/lib/muster-agent
                            as root, else ~/.local/share/muster-agent)
        --force             enroll, pair, adopt: replace the credential that is there
        --allow-plaintext   allow http:// to another machine: everybody on the way can take over
        --host HOST         pair: the server's name or address
        --port PORT         pair: its port (default: 18781)
        --code CODE         pair: the six digits
        --pin PIN           pair: the fingerprint that 'muster pair' shows, sha256/BASE64
        --accept-fingerprint  pair: trust whatever key the server shows now, and no other later
        --tls, --plain      pair: over TLS or not at all; in clear (default: TLS where the server
                            has it, and in clear to this machine only)
        --hardware-id ID    identify the hardware as ID instead of by its serial numbers

        --version, --help

      exit status: 0 done, 1 failed, 2 wrong usage, 3 refused by the server
      """;

  private static final Set<String> FLAGS =
      Set.of("--force", "--allow-plaintext", "--accept-fingerprint", "--tls", "--plain");
  private static final Set<String> VALUES =
      Set.of(
          "--server",
          "--token",
          "--token-file",
          "--device",
          "--name",
          "--tag",
          "--ca-pin",
          "--state",
          "--hardware-id",
          "--host",
          "--port",
          "--code",
          "--pin");
  private static final Map<String, Options.Command> COMMANDS =
      Map.of(
          "enroll", Options.Command.ENROLL,
          "pair", Options.Command.PAIR,
          "adopt", Options.Command.ADOPT,
          "run", Options.Command.RUN,
          "status", Options.Command.STATUS,
          "--version", Options.Command.VERSION,
          "--help", Options.Command.HELP,
          "-h", Options.Command.HELP,
          "help", Options.Command.HELP);

  private CommandLine() {}

  /// @param environment of which `MUSTER_ENROLL_TOKEN` counts, where no token is in the arguments
  static Options parse(List<String> arguments, Map<String, String> environment)
      throws UsageException {
    Deque<String> rest = new ArrayDeque<>(arguments);
    if (rest.isEmpty()) {
      throw new UsageException(
          "a command is missing (expected: enroll, pair, adopt, run or status)");
    }
    String word = rest.remove();
    Options.Command command = COMMANDS.get(word);
    if (command == null) {
      throw new UsageException(
          word + ": no such command (expected: enroll, pair, adopt, run or status)");
    }
    Map<String, List<String>> given = new HashMap<>();
    while (!rest.isEmpty()) {
      String option = rest.remove();
      if (option.equals("--help") || option.equals("-h")) {
        command = Options.Command.HELP;
      } else if (command == Options.Command.PAIR && Invitation.isOne(option)) {
        add("", option, given);
      } else {
        take(option, rest, given);
      }
    }
    return options(command, given, environment);
  }

  private static void take(String option, Deque<String> rest, Map<String, List<String>> given)
      throws UsageException {
    int equals = option.indexOf('=');
    String key = equals < 0 ? option : option.substring(0, equals);
    String value;
    if (FLAGS.contains(key) && equals < 0) {
      value = "";
    } else if (!VALUES.contains(key)) {
      throw new UsageException(option + ": no such option");
    } else if (equals >= 0) {
      value = option.substring(equals + 1);
    } else if (rest.isEmpty()) {
      throw new UsageException(key + ": its value is missing");
    } else {
      value = rest.remove();
    }
    add(key, value, given);
  }

  /// @param key empty for what is no option
  private static void add(String key, String value, Map<String, List<String>> given)
      throws UsageException {
    List<String> values = given.computeIfAbsent(key, any -> new ArrayList<>());
    values.add(value);
    if (values.size() > 1 && !key.equals("--tag")) {
      throw new UsageException(key + ": given twice");
    }
  }

  private static Options options(
      Options.Command command, Map<String, List<String>> given, Map<String, String> environment)
      throws UsageException {
    try {
      return new Options(
          command,
          path(given, "--state"),
          one(given, "--server", ServerAddress::parse),
          one(given, "--token", Function.identity())
              .or(() -> Optional.ofNullable(environment.get("MUSTER_ENROLL_TOKEN")))
              .map(String::strip)
              .filter(token -> !token.isEmpty()),
          path(given, "--token-file"),
          one(given, "--device", Function.identity()),
          one(given, "--name", Function.identity()),
          given.getOrDefault("--tag", List.of()).stream()
              .flatMap(tags -> Arrays.stream(tags.split(",")))
              .map(String::strip)
              .filter(tag -> !tag.isEmpty())
              .toList(),
          one(given, "--ca-pin", CaPin::new),
          invitation(given),
          given.containsKey("--accept-fingerprint"),
          one(given, "--hardware-id", Function.identity()),
          given.containsKey("--force"),
          given.containsKey("--allow-plaintext"));
    } catch (InvalidPathException e) {
      throw new UsageException(e.getInput() + ": no path");
    } catch (IllegalArgumentException e) {
      throw new UsageException(Log.reason(e));
    }
  }

  /// Empty where nothing is said; options win over what the QR says.
  private static Optional<Invitation> invitation(Map<String, List<String>> given)
      throws UsageException {
    Optional<Invitation> scanned = one(given, "", Invitation::parse);
    Optional<String> host = one(given, "--host", Function.identity());
    if (scanned.isPresent() == host.isPresent()) {
      if (host.isPresent()) {
        throw new UsageException("--host: there is one in the QR's address too (expected: one)");
      }
      return Optional.empty();
    }
    if (given.containsKey("--tls") && given.containsKey("--plain")) {
      throw new UsageException("--tls and --plain (expected: one of them)");
    }
    Optional<Invitation.Transport> transport =
        given.containsKey("--tls")
            ? Optional.of(Invitation.Transport.TLS)
            : given.containsKey("--plain")
                ? Optional.of(Invitation.Transport.PLAIN)
                : Optional.empty();
    Optional<CaPin> pin =
        one(given, "--pin", CaPin::new).or(() -> one(given, "--ca-pin", CaPin::new));
    return Optional.of(
        scanned.isPresent()
            ? scanned.get().over(transport, pin)
            : new Invitation(
                host.get(),
                one(given, "--port", Invitation::port).orElse(Invitation.DEFAULT_PORT),
                one(given, "--code", Function.identity()),
                Optional.empty(),
                pin,
                transport));
  }

  private static Optional<Path> path(Map<String, List<String>> given, String key) {
    return one(given, key, text -> Path.of(text).toAbsolutePath());
  }

  private static <T> Optional<T> one(
      Map<String, List<String>> given, String key, Function<String, T> read) {
    return given.getOrDefault(key, List.of()).stream()
        .filter(text -> !text.isEmpty())
        .findFirst()
        .map(read);
  }
}
