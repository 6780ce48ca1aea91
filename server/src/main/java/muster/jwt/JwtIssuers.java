package muster.jwt;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import muster.account.JwtCheck;
import muster.account.JwtProof;

/// Everybody whose JWTs are good here: the server itself and the external issuers it trusts.
public final class JwtIssuers implements JwtCheck {
  private final OwnIssuer own;
  private final Map<String, ExternalIssuer> externals;

  /// @param trusted no two of one URL, none of our own
  public JwtIssuers(OwnIssuer own, List<TrustedIssuer> trusted, InstantSource clock) {
    this.own = own;
    this.externals =
        trusted.stream()
            .map(issuer -> new ExternalIssuer(issuer, clock))
            .collect(Collectors.toMap(ExternalIssuer::url, Function.identity()));
  }

  @Override
  public Optional<JwtProof> verify(String text, Instant now) {
    return SignedText.parse(text).flatMap(jwt -> verify(jwt, now));
  }

  private Optional<JwtProof> verify(SignedText jwt, Instant now) {
    return jwt.issuer().equals(own.name())
        ? own.verify(jwt, now)
        : Optional.ofNullable(externals.get(jwt.issuer()))
            .flatMap(issuer -> issuer.verify(jwt, now));
  }
}
