package muster.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Instant;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The keys of the server's own JWTs: a JWK set (RFC 7517) of P-256 keys in a file of its owner's.
/// All of them check, the newest by its `iat` signs.
public final class SigningKeys {
  private static final Comparator<ECKey> BY_AGE =
      Comparator.comparing(
          key -> Optional.ofNullable(key.getIssueTime()).map(Date::toInstant).orElse(Instant.MIN));

  private final Map<String, ECKey> byId;
  private final ECKey newest;

  private SigningKeys(List<ECKey> keys) {
    this.byId = keys.stream().collect(Collectors.toMap(ECKey::getKeyID, Function.identity()));
    this.newest = keys.stream().max(BY_AGE).orElseThrow();
  }

  /// Reads the file, or makes it with one key.
  ///
  /// @throws IllegalStateException when there is something else in it
  public static SigningKeys open(Path file, Instant now) {
    try {
      if (!Files.exists(file)) {
        save(file, new JWKSet(newKey(now)));
      }
      List<ECKey> keys =
          JWKSet.parse(Files.readString(file)).getKeys().stream()
              .map(key -> requireUsable(file, key))
              .toList();
      if (keys.isEmpty()) {
        throw new IllegalStateException(file + ": no key in it");
      }
      return new SigningKeys(keys);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParseException e) {
      // Without the cause, which may quote the file.
      throw new IllegalStateException(file + ": not a JWK set");
    }
  }

  private static ECKey requireUsable(Path file, JWK key) {
    if (key instanceof ECKey ec
        && ec.isPrivate()
        && Curve.P_256.equals(ec.getCurve())
        && ec.getKeyID() != null) {
      return ec;
    }
    throw new IllegalStateException(
        "%s: key %s (expected: private P-256 keys with a kid)".formatted(file, key.getKeyID()));
  }

  /// A key made at `now`.
  public static ECKey newKey(Instant now) {
    try {
      return new ECKeyGenerator(Curve.P_256)
          .keyIDFromThumbprint(true)
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(JWSAlgorithm.ES256)
          .issueTime(Date.from(now))
          .generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("every JDK has P-256", e);
    }
  }

  /// Writes so that a crash leaves no file or a whole one.
  private static void save(Path file, JWKSet keys) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(
        temporary,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(keys.toString(false).getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  ECKey newest() {
    return newest;
  }

  Optional<ECKey> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /// Their public halves, for whoever wants to check a token.
  public Map<String, Object> published() {
    return new JWKSet(List.copyOf(byId.values())).toJSONObject(true);
  }
}
