package muster.jwt;

import com.nimbusds.jwt.JWTClaimsSet;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import muster.account.JwtProof;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.jwt.TrustedIssuer.Grant;

/// Makes callers of an external issuer's tokens. Shared by all threads.
final class ExternalIssuer {
  /// By how much its clock and ours may differ.
  static final Duration LEEWAY = Duration.ofSeconds(60);

  /// OpenID Connect Core 1.0, section 2: a `sub` has 255 characters of ASCII at most.
  private static final Pattern SUBJECT = Pattern.compile("\\p{ASCII}{1,255}");

  private static final int MAX_USERNAME = 64;

  private final TrustedIssuer issuer;
  private final IssuerKeys keys;

  ExternalIssuer(TrustedIssuer issuer, InstantSource clock) {
    this.issuer = issuer;
    this.keys = new IssuerKeys(issuer, clock);
  }

  String url() {
    return issuer.url();
  }

  /// Of a token that says it is this issuer's. Its key is looked for last, because that may take a
  /// question to the issuer.
  ///
  /// @throws Fault PERMISSION_DENIED when it is good and grants no role
  Optional<JwtProof> verify(SignedText jwt, Instant now) {
    boolean isGood =
        issuer.algorithms().contains(jwt.algorithm())
            && jwt.isFor(issuer.audience())
            && jwt.isTimely(now, LEEWAY)
            && isSubject(jwt.claims().getSubject())
            && keys.find(jwt.keyId()).filter(jwt::isSignedBy).isPresent();
    return isGood
        ? Optional.of(new JwtProof.OfGuest(caller(jwt.claims()), jwt.expiresAt().plus(LEEWAY)))
        : Optional.empty();
  }

  private static boolean isSubject(@org.jspecify.annotations.Nullable String subject) {
    return subject != null
        && SUBJECT.matcher(subject).matches()
        && subject.chars().noneMatch(Character::isISOControl);
  }

  /// A URL has no `#` of its own, so issuer and subject can be told apart.
  private Caller caller(JWTClaimsSet claims) {
    Grant grant = grant(claims);
    return new Caller(
        Caller.Kind.EXTERNAL,
        issuer.url() + "#" + claims.getSubject(),
        issuer.name() + "/" + username(claims),
        grant.role(),
        grant.scope(),
        "",
        Origin.SERVER);
  }

  private Grant grant(JWTClaimsSet claims) {
    List<String> values = texts(claim(claims.getClaims(), issuer.roleClaim()));
    return issuer.grants().stream()
        .filter(entry -> values.contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .or(issuer::otherwise)
        .orElseThrow(() ->
            new Fault(
                FaultCode.PERMISSION_DENIED,
                "the token's claim %s grants no role here".formatted(issuer.roleClaim())));
  }

  /// Issuers name claims by URLs, with dots, or put them into each other.
  private static Optional<Object> claim(Map<?, ?> claims, String path) {
    if (claims.get(path) != null) {
      return Optional.of(claims.get(path));
    }
    String[] names = path.split("\\.", 2);
    return names.length == 2 && claims.get(names[0]) instanceof Map<?, ?> inner
        ? claim(inner, names[1])
        : Optional.empty();
  }

  private static List<String> texts(Optional<Object> claim) {
    return switch (claim.orElse("")) {
      case String text -> List.of(text);
      case List<?> list ->
          list.stream().filter(String.class::isInstance).map(String.class::cast).toList();
      default -> List.of();
    };
  }

  /// For people and the audit log; decides nothing.
  private String username(JWTClaimsSet claims) {
    return claim(claims.getClaims(), issuer.usernameClaim())
        .filter(String.class::isInstance)
        .map(name -> plain((String) name))
        .filter(name -> !name.isBlank())
        .orElseGet(() -> plain(claims.getSubject()));
  }

  private static String plain(String name) {
    return name.codePoints()
        .filter(c -> !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT)
        .limit(MAX_USERNAME)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
