package muster.agent.policy;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.function.Supplier;
import muster.agent.log.Log;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.PolicySummary;
import org.jspecify.annotations.Nullable;

/// `policy.json`, looked at each time it is asked for and read again when it has changed. Without
/// the file everything is allowed; with one that cannot be used, nothing. Thread-safe.
public final class PolicyFile implements Supplier<Policy> {
  public static final String NAME = "policy.json";

  /// What tells one version of the file from the next.
  private record Version(FileTime modified, long size, @Nullable Object key) {}

  private final Path own;
  private final Path file;
  private final Log log;
  private Optional<Version> version = Optional.empty();
  private @Nullable Policy policy;

  /// The file could not be read, so that `version` says nothing.
  private boolean unreadable;

  /// @param own the agent's directory
  public PolicyFile(Path own, Log log) {
    this.own = own;
    this.file = own.resolve(NAME);
    this.log = log;
  }

  @Override
  public synchronized Policy get() {
    Policy known = policy;
    try {
      Optional<Version> now = version();
      if (known == null || unreadable || !now.equals(version)) {
        known = now.isPresent() ? read() : Policy.open(Optional.of(own));
        version = now;
        unreadable = false;
        keep(known);
      }
    } catch (IOException e) {
      // Read again the next time, since whatever is wrong may pass.
      unreadable = true;
      known = Policy.broken(Log.reason(e), own);
      keep(known);
    }
    return known;
  }

  private void keep(Policy now) {
    Policy before = policy;
    policy = now;
    PolicySummary summary = now.summary();
    if (before != null && before.summary().equals(summary)) {
      return;
    }
    if (summary.state() == PolicySummary.State.BROKEN) {
      log.error(
          file + " cannot be used, all work is refused: " + summary.problem().orElse("unknown"));
    } else if (summary.state() == PolicySummary.State.IN_FORCE) {
      log.info("the rules of " + file + " are in force");
    } else if (before != null) {
      log.warn(file + " is gone: everything is allowed");
    }
  }

  private Optional<Version> version() throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(new Version(found.lastModifiedTime(), found.size(), found.fileKey()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Policy read() throws IOException {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > PolicySummary.MAX_BYTES) {
        return Policy.broken("not a file of at most " + PolicySummary.MAX_BYTES + " bytes", own);
      }
      return Policy.of(Json.parseObject(Files.readString(file, StandardCharsets.UTF_8)), own);
    } catch (JsonException e) {
      return Policy.broken(Log.reason(e), own);
    } catch (CharacterCodingException e) {
      return Policy.broken("not UTF-8", own);
    }
  }
}
