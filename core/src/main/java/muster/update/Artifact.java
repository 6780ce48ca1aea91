package muster.update;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import muster.blob.Checksum;
import muster.device.DeviceFacts;
import muster.fault.Fault;

/// One file of an update, for one kind of machine. Devices fetch it; the server never does.
///
/// @param platform for which devices: their type or their operating system; empty = any
/// @param architecture of the processor; absent = any
/// @param source from where devices fetch it: http or https, or `binary:<id>` of this server
/// @param checksum `algorithm:text`; only `sha256:` and 64 hexadecimal digits can be deployed.
///   Empty for a binary of this server, until it is looked up
/// @param size in bytes, 0 = not said, which can't be deployed
/// @param type absent = told by its name
/// @param signature in minisign's form
/// @param targetPath where a link to it is kept on the device
/// @param installCommand a program and its arguments
/// @param restartCommand run when the device has switched, either way: a program and its arguments
/// @param handover the system's own updater that is given it; absent = the agent installs it
public record Artifact(
    String platform,
    Optional<String> architecture,
    String source,
    String checksum,
    long size,
    Optional<Type> type,
    Optional<String> signature,
    Optional<String> targetPath,
    List<String> installCommand,
    List<String> restartCommand,
    Optional<String> handover) {
  private static final Pattern KIND = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern CHECKSUM = Pattern.compile("[a-z0-9]{1,16}:\\S{1,200}");
  private static final Set<String> HANDOVERS = Set.of("rauc", "swupdate", "apt");
  private static final String BINARY = "binary:";
  private static final int MAX_URL = 2048;
  private static final int MAX_SIGNATURE = 4096;
  private static final int MAX_WORDS = 64;
  private static final int MAX_WORD = 4096;

  /// What is done with it.
  public enum Type {
    /// One program.
    BINARY,
    /// Files packed into one.
    ARCHIVE,
    /// Run by a shell.
    SCRIPT;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Type> ofWord(String word) {
      return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
    }
  }

  public Artifact {
    if (!platform.isEmpty()) {
      requireKind("platform", platform);
    }
    architecture.ifPresent(given -> requireKind("architecture", given));
    requireSource(source);
    if (!checksum.isEmpty() && !CHECKSUM.matcher(checksum).matches()) {
      throw Fault.invalid("checksum", checksum, "sha256: and 64 hexadecimal digits");
    }
    if (size < 0) {
      throw Fault.invalid("size_bytes", size, "0 or more");
    }
    signature
        .filter(given -> given.length() > MAX_SIGNATURE)
        .ifPresent(given -> {
          throw Fault.invalid(
              "signature", given.length() + " characters", "at most " + MAX_SIGNATURE);
        });
    targetPath
        .filter(given -> !given.startsWith("/") || given.indexOf('\0') >= 0)
        .ifPresent(given -> {
          throw Fault.invalid("target_path", given, "an absolute path");
        });
    installCommand = words("install_command", installCommand);
    restartCommand = words("restart_command", restartCommand);
    handover
        .filter(given -> !HANDOVERS.contains(given))
        .ifPresent(given -> {
          throw Fault.invalid("handover", given, "rauc, swupdate or apt");
        });
  }

  private static List<String> words(String field, List<String> words) {
    if (words.size() > MAX_WORDS || words.stream().anyMatch(word -> word.length() > MAX_WORD)) {
      throw Fault.invalid(
          field,
          words.size() + " words",
          "at most %d words of at most %d characters".formatted(MAX_WORDS, MAX_WORD));
    }
    return List.copyOf(words);
  }

  private static void requireKind(String field, String value) {
    if (!KIND.matcher(value).matches()) {
      throw Fault.invalid(field, value, "1..64 letters, digits, . _ -");
    }
  }

  private static void requireSource(String source) {
    if (source.startsWith(BINARY) && source.length() > BINARY.length()) {
      return;
    }
    try {
      URI url = URI.create(source);
      String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
      boolean isWeb = scheme.equals("https") || scheme.equals("http");
      if (isWeb && url.getHost() != null && source.length() <= MAX_URL) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw Fault.invalid("url", source, "https://…, http://… or binary:<id>");
  }

  /// Of this server, when it is.
  public Optional<String> binary() {
    return source.startsWith(BINARY)
        ? Optional.of(source.substring(BINARY.length()))
        : Optional.empty();
  }

  /// From where a device fetches it: an address of the web, or a path on the server it talks to.
  public String address() {
    return binary().map(id -> "/device/binaries/" + id + "/content").orElse(source);
  }

  /// The same, with what is known of its bytes.
  Artifact of(Checksum content, long bytes, Optional<String> signedWith) {
    return new Artifact(
        platform,
        architecture,
        source,
        content.text(),
        bytes,
        type,
        signedWith,
        targetPath,
        installCommand,
        restartCommand,
        handover);
  }

  /// What its bytes must have; absent when the checksum is of another kind.
  public Optional<Checksum> sha256() {
    return Checksum.parse(checksum);
  }

  /// For the same machines as that one.
  boolean isForThoseOf(Artifact other) {
    return platform.equals(other.platform) && architecture.equals(other.architecture);
  }

  /// Whether it is for a machine that says this of itself: its type or its operating system is the
  /// platform, its processor the architecture.
  public boolean fits(DeviceFacts machine) {
    boolean isPlatform =
        platform.isEmpty()
            || machine.deviceType().filter(platform::equalsIgnoreCase).isPresent()
            || machine.platform().filter(platform::equalsIgnoreCase).isPresent();
    boolean isArchitecture =
        architecture.isEmpty()
            || machine
                .architecture()
                .map(Architecture::plain)
                .equals(architecture.map(Architecture::plain));
    return isPlatform && isArchitecture;
  }
}
