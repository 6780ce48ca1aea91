package muster.jwt;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An external issuer's keys, found by OpenID Connect Discovery 1.0, section 4, and remembered.
///
/// Nothing is fetched before a token asks for it. A key that is known is good for [#GOOD] after it
/// was fetched last; after [#FRESH] it is fetched anew beside. Only who asks for a key that is not
/// known waits, [#TIMEOUT] at most. Shared; the lock is this object and is never held while
/// something is fetched.
final class IssuerKeys {
  static final Duration FRESH = Duration.ofHours(1);
  static final Duration GOOD = Duration.ofHours(24);

  /// Between the starts of two fetches, so that tokens with made-up keys cost the issuer nothing.
  static final Duration PAUSE = Duration.ofMinutes(1);

  static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_DOCUMENT = 512 * 1024;
  private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);

  private record Known(JWKSet keys, Instant fetchedAt) {
    Duration age(Instant now) {
      return Duration.between(fetchedAt, now);
    }
  }

  private final TrustedIssuer issuer;
  private final InstantSource clock;
  private Optional<Known> known = Optional.empty();
  private Optional<Instant> triedAt = Optional.empty();
  private CompletableFuture<Void> fetch = CompletableFuture.completedFuture(null);

  IssuerKeys(TrustedIssuer issuer, InstantSource clock) {
    this.issuer = issuer;
    this.clock = clock;
  }

  /// The key of that id; empty when the issuer has none, or can't be asked.
  Optional<JWK> find(String id) {
    Optional<JWK> key = remembered(id);
    CompletableFuture<Void> refreshed = refreshed(key.isPresent());
    if (key.isPresent()) {
      return key;
    }
    try {
      refreshed.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    }
    return remembered(id);
  }

  private synchronized Optional<JWK> remembered(String id) {
    Instant now = clock.instant();
    return known
        .filter(found -> found.age(now).compareTo(GOOD) < 0)
        .map(found -> found.keys().getKeyByKeyId(id));
  }

  /// The fetch that is under way, or one begun now if it is time for it.
  private synchronized CompletableFuture<Void> refreshed(boolean isKnown) {
    Instant now = clock.instant();
    boolean isFresh =
        isKnown && known.filter(found -> found.age(now).compareTo(FRESH) < 0).isPresent();
    boolean wasTried =
        triedAt.filter(at -> Duration.between(at, now).abs().compareTo(PAUSE) < 0).isPresent();
    if (fetch.isDone() && !isFresh && !wasTried) {
      triedAt = Optional.of(now);
      fetch = new CompletableFuture<>();
      CompletableFuture<Void> begun = fetch;
      Thread.ofVirtual().name("issuer-" + issuer.name()).start(() -> refresh(begun));
    }
    return fetch;
  }

  private void refresh(CompletableFuture<Void> begun) {
    try {
      JWKSet keys = fetched();
      synchronized (this) {
        known = Optional.of(new Known(keys, clock.instant()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException | IOException | RuntimeException e) {
      log.warn("issuer {}: its keys could not be fetched: {}", issuer.name(), reason(e));
    } finally {
      begun.complete(null);
    }
  }

  private static String reason(Exception problem) {
    Throwable cause =
        problem instanceof ExecutionException e && e.getCause() != null ? e.getCause() : problem;
    return cause.getMessage() == null
        ? cause.getClass().getSimpleName()
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }

  private JWKSet fetched()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    String base = issuer.url().endsWith("/") ? issuer.url() : issuer.url() + "/";
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      try {
        Map<String, Object> found =
            JSONObjectUtils.parse(
                get(client, URI.create(base + ".well-known/openid-configuration")));
        if (!issuer.url().equals(found.get("issuer"))) {
          throw new IOException("its configuration is another issuer's");
        }
        if (!(found.get("jwks_uri") instanceof String text)) {
          throw new IOException("its configuration has no jwks_uri");
        }
        return JWKSet.parse(get(client, URI.create(text)));
      } catch (ParseException e) {
        throw new IOException("what it answers is not JSON as expected", e);
      } finally {
        client.shutdownNow();
      }
    }
  }

  /// Not followed: a redirect could lead anywhere.
  private static String get(HttpClient client, URI uri)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    if (!TrustedIssuer.isSafe(uri)) {
      throw new IOException("%s (expected: https://…)".formatted(uri));
    }
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            HttpRequest.newBuilder(uri).header("Accept", "application/json").build(),
            BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_DOCUMENT));
    try {
      HttpResponse<byte[]> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException("%s: %d (expected: 200)".formatted(uri, response.statusCode()));
      }
      return new String(response.body(), StandardCharsets.UTF_8);
    } finally {
      answer.cancel(true);
    }
  }
}
