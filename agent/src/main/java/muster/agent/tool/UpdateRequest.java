package muster.agent.tool;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// What is to be installed, and how it is known to be well: the arguments of `install_update`.
///
/// @param name of the software; versions of one name take each other's place
/// @param architecture of the processor it is for; empty = any
/// @param url http or https; or a path on the server that the agent talks to
/// @param sha256 of its bytes, 64 hexadecimal digits
/// @param sizeBytes exactly
/// @param signature in minisign's form
/// @param targetPath where a link to the current version is kept
/// @param installCommand run in the directory of the new version before it is switched to
/// @param restartCommand run after each switch
/// @param handover the system's own updater that installs it
/// @param health what is looked at after the switch
/// @param args as they were given
public record UpdateRequest(
    String name,
    String version,
    Optional<String> architecture,
    URI url,
    String sha256,
    long sizeBytes,
    Type type,
    Optional<String> signature,
    Optional<Path> targetPath,
    List<String> installCommand,
    List<String> restartCommand,
    Optional<Handover> handover,
    Health health,
    JsonObject args) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}");
  private static final Pattern CHECKSUM = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final Pattern OWN = Pattern.compile("/[a-z0-9_/-]{1,200}(\\.jar)?");
  private static final Pattern ARCHIVE = Pattern.compile("(?i).*\\.(tar|tar\\.gz|tgz|zip)");
  private static final int DIGEST = "sha256:".length();

  private static final String[] KNOWN = {
    "name",
    "version",
    "architecture",
    "url",
    "checksum",
    "size_bytes",
    "type",
    "signature",
    "target_path",
    "install_command",
    "restart_command",
    "handover",
    "health_command",
    "health_url",
    "health_status",
    "health_delay_seconds",
    "health_timeout_seconds",
    "health_retries"
  };

  /// What is done with the file.
  public enum Type {
    /// It is one program.
    BINARY,
    /// Files are packed into it.
    ARCHIVE,
    /// A shell runs it.
    SCRIPT
  }

  /// An updater of the system's own.
  public enum Handover {
    RAUC("rauc", "install"),
    SWUPDATE("swupdate", "-i"),
    APT("apt-get", "--yes", "--quiet", "install");

    private final String program;
    private final List<String> arguments;

    Handover(String program, String... arguments) {
      this.program = program;
      this.arguments = List.of(arguments);
    }

    /// How it is told to install a file.
    public Program install(Path file) {
      return Program.of(program).and(arguments).and(file.toString());
    }

    /// Whether the file's name must end with something for it.
    public String suffix() {
      return this == APT ? ".deb" : "";
    }
  }

  /// @param command a program and its arguments that must end with 0; empty = none
  /// @param url that must answer `status`
  /// @param delaySeconds before the first look
  /// @param timeoutSeconds of one look
  /// @param retries how often a look may fail before that counts
  public record Health(
      List<String> command,
      Optional<URI> url,
      int status,
      int delaySeconds,
      int timeoutSeconds,
      int retries) {
    public boolean isEmpty() {
      return command.isEmpty() && url.isEmpty();
    }
  }

  /// @throws FieldException naming the argument
  public static UpdateRequest parse(JsonObject json) {
    Args args = new Args(json, KNOWN);
    String checksum = matching(args, "checksum", CHECKSUM, "sha256: and 64 hexadecimal digits");
    URI url = url(args.text("url"));
    return new UpdateRequest(
        name(args),
        matching(args, "version", VERSION, "1..64 letters, digits, . _ + ~ -"),
        args.optText("architecture"),
        url,
        checksum.substring(DIGEST),
        args.number("size_bytes", 1, Long.MAX_VALUE, 0),
        type(args, url),
        args.optText("signature"),
        args.optText("target_path").map(path -> Paths.parse("args.target_path", path)),
        args.words("install_command"),
        args.words("restart_command"),
        args.has("handover")
            ? Optional.of(Handover.valueOf(upper(args.word("handover", "rauc", "swupdate", "apt"))))
            : Optional.empty(),
        new Health(
            args.words("health_command"),
            args.optText("health_url").map(text -> web("health_url", text)),
            (int) args.number("health_status", 100, 599, 200),
            (int) args.number("health_delay_seconds", 0, 600, 0),
            (int) args.number("health_timeout_seconds", 1, 600, 10),
            (int) args.number("health_retries", 0, 100, 0)),
        json);
  }

  /// @throws FieldException when it is none
  static String name(Args args) {
    return matching(args, "name", NAME, "1..64 of a-z, 0-9, . _ -");
  }

  private static String matching(Args args, String field, Pattern pattern, String expected) {
    String text = args.text(field);
    if (!pattern.matcher(text).matches()) {
      throw new FieldException("args." + field, text, expected);
    }
    return text;
  }

  private static URI url(String text) {
    return OWN.matcher(text).matches() ? URI.create(text) : web("url", text);
  }

  private static URI web(String field, String text) {
    return HttpUrl.parse(text)
        .orElseThrow(() -> new FieldException("args." + field, text, HttpUrl.EXPECTED));
  }

  private static Type type(Args args, URI url) {
    if (args.has("type")) {
      return Type.valueOf(upper(args.word("type", "binary", "archive", "script")));
    }
    String path = url.getPath();
    if (ARCHIVE.matcher(path).matches()) {
      return Type.ARCHIVE;
    }
    return path.endsWith(".sh") ? Type.SCRIPT : Type.BINARY;
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT);
  }

  /// Whether it comes from the server that the agent talks to.
  public boolean isOwn() {
    return url.getScheme() == null;
  }

  /// The programs it names.
  public List<String> programs() {
    return Stream.of(installCommand, restartCommand, health.command())
        .filter(words -> !words.isEmpty())
        .map(words -> words.get(0))
        .toList();
  }
}
