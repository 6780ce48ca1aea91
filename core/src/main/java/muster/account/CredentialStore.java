package muster.account;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.auth.Token;

/// Where credentials are kept.
public interface CredentialStore {
  void insert(Credential credential);

  Optional<Credential> find(String id);

  /// All of a kind, oldest first.
  List<Credential> list(Token.Kind kind);

  /// All of a kind and owner, oldest first.
  List<Credential> listOf(Token.Kind kind, String owner);

  /// Whether there was one.
  boolean delete(String id);

  /// Removes every credential of that kind and owner; returns how many.
  int deleteOf(Token.Kind kind, String owner);

  /// Removes every credential of that kind and owner but the one with that id; returns how many.
  int deleteOthers(Token.Kind kind, String owner, String id);

  /// Removes those that expired before `before`; returns how many.
  int deleteExpired(Instant before);

  /// Notes when credentials were last used.
  void touch(Map<String, Instant> lastUsed);
}
