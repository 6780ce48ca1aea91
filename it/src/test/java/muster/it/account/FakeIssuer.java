package muster.it.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A small OpenID provider on loopback: discovery, keys, tokens. Can turn silent or broken.
final class FakeIssuer implements AutoCloseable {
  private final HttpServer http;
  private final List<JWK> keys = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  final AtomicInteger fetches = new AtomicInteger();

  /// How it answers.
  enum Mood {
    FINE,
    BROKEN,
    SILENT,
    /// Says its configuration is another's.
    LYING,
    /// Has its keys where anybody could change them on the way.
    CARELESS
  }

  volatile Mood mood = Mood.FINE;

  FakeIssuer() {
    try {
      http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    http.createContext("/realm/.well-known/openid-configuration", this::configuration);
    http.createContext("/realm/keys", exchange -> answer(exchange, published()));
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.start();
    rotate();
  }

  String url() {
    return "http://127.0.0.1:%d/realm".formatted(http.getAddress().getPort());
  }

  /// Signs with a new key from now on, and has taken back the others.
  void rotate() {
    RSAKey key = newKey("rsa-" + System.nanoTime());
    synchronized (keys) {
      keys.clear();
      keys.add(key);
    }
  }

  static RSAKey newKey(String id) {
    try {
      return new RSAKeyGenerator(2048).keyID(id).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  void add(JWK key) {
    synchronized (keys) {
      keys.add(key);
    }
  }

  JWK key() {
    synchronized (keys) {
      return keys.getFirst();
    }
  }

  private String published() {
    synchronized (keys) {
      return new JWKSet(List.copyOf(keys)).toString(true);
    }
  }

  private void configuration(HttpExchange exchange) throws IOException {
    fetches.incrementAndGet();
    String issuer = mood == Mood.LYING ? "https://login.example.com" : url();
    String keysAt = mood == Mood.CARELESS ? "http://192.0.2.1/keys" : url() + "/keys";
    answer(exchange, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}".formatted(issuer, keysAt));
  }

  private void answer(HttpExchange exchange, String body) throws IOException {
    if (mood == Mood.SILENT) {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(mood == Mood.BROKEN ? 503 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /// What a good token for `muster` says.
  JWTClaimsSet.Builder claims(Instant now) {
    return new JWTClaimsSet.Builder()
        .issuer(url())
        .audience("fleet")
        .subject("248289761001")
        .claim("preferred_username", "anna")
        .claim("groups", List.of("everybody", "ops"))
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(300)));
  }

  String token(JWTClaimsSet.Builder claims) {
    return Tokens.sign(key(), JWSAlgorithm.RS256, claims.build());
  }

  @Override
  public void close() {
    end.countDown();
    http.stop(0);
  }
}
