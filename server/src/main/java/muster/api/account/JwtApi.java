package muster.api.account;

import com.linecorp.armeria.common.HttpStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import muster.account.Jwts;
import muster.http.Call;
import muster.http.Dialect;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// The server's own JWTs (row F070), and the keys with which others can check them (RFC 7517).
public final class JwtApi {
  private final Jwts jwts;
  private final Map<String, Object> publicKeys;
  private final Dialect dialect;

  /// @param publicKeys a JWK set
  /// @param dialect whose form errors have under `/v1`
  public JwtApi(Jwts jwts, Map<String, Object> publicKeys, Dialect dialect) {
    this.jwts = jwts;
    this.publicKeys = Map.copyOf(publicKeys);
    this.dialect = dialect;
  }

  public List<Route> routes() {
    return new Routes(dialect)
        .post("/v1/jwt", this::issue)
        .open("/.well-known/jwks.json", call -> Reply.ok(publicKeys))
        .list();
  }

  private record IssuedJson(String id, String token, String expiresAt) {}

  private Reply issue(Call call) {
    Duration life =
        call.json()
            .only("ttl_seconds")
            .optNumber("ttl_seconds")
            // Bounded before it becomes a duration, which would overflow.
            .map(seconds -> Duration.ofSeconds(Math.clamp(seconds, 0, Integer.MAX_VALUE)))
            .orElse(Jwts.DEFAULT_LIFE);
    Jwts.Issued issued = jwts.issue(call.caller(), life);
    return Reply.json(
        HttpStatus.CREATED,
        new IssuedJson(issued.id(), issued.token(), Reply.time(issued.expiresAt())));
  }
}
