package muster.update;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import muster.device.DeviceFacts;
import muster.device.Names;
import muster.fault.Fault;
import muster.id.UpdateId;
import muster.rollout.Pacing;

/// A named, versioned set of artifacts, one for each kind of machine. What it consists of never
/// changes.
///
/// @param createdBy the principal
public record Update(
    UpdateId id, Content content, Status status, String createdBy, Instant createdAt) {

  public enum Status {
    READY,
    /// Not deployed any more.
    DEPRECATED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Status ofWord(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  public Update withStatus(Status newStatus) {
    return new Update(id, content, newStatus, createdBy, createdAt);
  }

  /// @throws Fault FAILED_PRECONDITION with reason `deprecated` or `unverifiable`
  public void requireDeployable() {
    if (status == Status.DEPRECATED) {
      throw Fault.failedPrecondition("update %s is deprecated".formatted(id), "deprecated");
    }
    for (int i = 0; i < content.artifacts().size(); i++) {
      Artifact artifact = content.artifacts().get(i);
      if (artifact.sha256().isEmpty() || artifact.size() < 1) {
        throw Fault.failedPrecondition(
            "artifacts[%d] of update %s can't be verified: checksum %s, %d bytes (expected: sha256: and 64 hexadecimal digits, 1 byte or more)"
                .formatted(i, id, artifact.checksum(), artifact.size()),
            "unverifiable");
      }
    }
  }

  /// What somebody publishes.
  ///
  /// @param name of the software, for people; with `version` it is unique
  /// @param pacing of its deployments, as far as these say nothing else
  public record Content(
      String name,
      String version,
      String description,
      List<Artifact> artifacts,
      Pacing pacing,
      Map<String, String> metadata) {
    private static final int MAX_VERSION = 64;
    private static final int MAX_DESCRIPTION = 10_000;
    private static final int MAX_ARTIFACTS = 64;

    public Content {
      name = Names.name("name", name);
      if (!version.matches("[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}")) {
        throw Fault.invalid(
            "version", version, "1..%d letters, digits, . _ + ~ -".formatted(MAX_VERSION));
      }
      if (description.length() > MAX_DESCRIPTION) {
        throw Fault.invalid(
            "description", description.length() + " characters", "at most " + MAX_DESCRIPTION);
      }
      artifacts = List.copyOf(artifacts);
      if (artifacts.isEmpty() || artifacts.size() > MAX_ARTIFACTS) {
        throw Fault.invalid("artifacts", artifacts.size(), "1.." + MAX_ARTIFACTS + " of them");
      }
      requireDistinct(artifacts);
      metadata = Names.metadata("metadata", Map.of(), metadata);
    }

    Content withArtifacts(List<Artifact> known) {
      return new Content(name, version, description, known, pacing, metadata);
    }

    private static void requireDistinct(List<Artifact> artifacts) {
      for (int i = 0; i < artifacts.size(); i++) {
        Artifact one = artifacts.get(i);
        if (artifacts.subList(0, i).stream().anyMatch(one::isForThoseOf)) {
          throw Fault.invalid(
              "artifacts[%d]".formatted(i),
              one.platform() + one.architecture().map(a -> "/" + a).orElse(""),
              "one artifact for each platform and architecture");
        }
      }
    }

    /// The name in the form in which devices file their versions: what is neither a letter nor a
    /// digit is a hyphen.
    public String slug() {
      String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
      String trimmed = plain.replaceAll("^-|-$", "");
      return trimmed.isEmpty() ? "software" : trimmed.substring(0, Math.min(64, trimmed.length()));
    }

    /// The artifact for such a machine: of those that fit, the one that says most about it.
    public Optional<Artifact> artifactFor(DeviceFacts machine) {
      return artifacts.stream()
          .filter(one -> one.fits(machine))
          .max(
              Comparator.comparingInt(one ->
                  (one.platform().isEmpty() ? 0 : 2) + (one.architecture().isEmpty() ? 0 : 1)));
    }
  }
}
