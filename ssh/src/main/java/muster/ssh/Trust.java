package muster.ssh;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.UserInfo;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Decides whether a machine is who it should be: a known key must be the same, one that was never
/// seen is taken. Changes nothing.
final class Trust implements HostKeyRepository {
  private static final String REVOKED = "@revoked";

  private final HostKeyRepository known;
  private final Optional<String> expected;
  private final Consumer<muster.deploy.HostKey> shown;
  private Optional<muster.deploy.HostKey> accepted = Optional.empty();
  private Optional<String> refusal = Optional.empty();

  /// @param expected the fingerprint that it must have
  Trust(HostKeyRepository known, Optional<String> expected, Consumer<muster.deploy.HostKey> shown) {
    this.known = known;
    this.expected = expected;
    this.shown = shown;
  }

  @Override
  public int check(String host, byte[] key) {
    String fingerprint = fingerprint(key);
    List<HostKey> same =
        of(host).stream()
            .filter(known -> known.getKey().equals(Base64.getEncoder().encodeToString(key)))
            .toList();
    if (same.stream().anyMatch(known -> known.getMarker().equals(REVOKED))) {
      return refused(
          "%s shows the key %s, which is marked as revoked".formatted(host, fingerprint));
    }
    boolean isKnown = same.stream().anyMatch(known -> known.getMarker().isEmpty());
    if (!isKnown && isKnownByAnother(host)) {
      return refused(
          "%s shows the key %s, not the one that is known; if that is right, remove its line from"
                  .formatted(host, fingerprint)
              + " ssh/known_hosts in the server's data directory");
    }
    if (expected.filter(text -> !text.equals(fingerprint)).isPresent()) {
      return refused(
          "%s shows the key %s (expected: %s)".formatted(host, fingerprint, expected.get()));
    }
    if (accepted.isEmpty()) {
      accepted = Optional.of(new muster.deploy.HostKey(fingerprint, isKnown));
      shown.accept(accepted.get());
    }
    return OK;
  }

  /// A key of another type is none that was never seen: whoever stands in the way may choose it.
  private boolean isKnownByAnother(String host) {
    return of(host).stream().anyMatch(known -> !known.getMarker().equals(REVOKED));
  }

  /// What the file says of a host: of `[host]:port` when the port is not 22, hashed or not. Behind
  /// that the library appends what the file says of the bare host, which is another server's.
  private List<HostKey> of(String host) {
    List<HostKey> all = List.of(known.getHostKey(host, null));
    int end = host.indexOf("]:");
    int appended = end > 1 ? known.getHostKey(host.substring(1, end), null).length : 0;
    return all.subList(0, all.size() - appended);
  }

  private int refused(String why) {
    refusal = Optional.of(why);
    return CHANGED;
  }

  /// Why it is not who it should be; empty when it is, or nobody knows yet.
  Optional<String> refusal() {
    return refusal;
  }

  Optional<muster.deploy.HostKey> accepted() {
    return accepted;
  }

  /// As `ssh-keygen -l` shows it.
  private static String fingerprint(byte[] key) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(key);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public void add(HostKey key, UserInfo user) {}

  @Override
  public void remove(String host, String type) {}

  @Override
  public void remove(String host, String type, byte[] key) {}

  @Override
  public String getKnownHostsRepositoryID() {
    return "known_hosts";
  }

  @Override
  public HostKey[] getHostKey() {
    return known.getHostKey();
  }

  @Override
  public HostKey[] getHostKey(String host, @Nullable String type) {
    return of(host).stream()
        .filter(key -> type == null || type.equals(key.getType()))
        .toArray(HostKey[]::new);
  }
}
