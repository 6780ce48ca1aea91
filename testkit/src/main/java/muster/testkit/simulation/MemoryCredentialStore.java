package muster.testkit.simulation;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import muster.account.Credential;
import muster.account.CredentialStore;
import muster.auth.Token;

/// Credentials in memory, oldest first.
final class MemoryCredentialStore implements CredentialStore {
  private final MemoryTransactions transactions;
  private final Map<String, Credential> credentials = new LinkedHashMap<>();

  MemoryCredentialStore(MemoryTransactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public void insert(Credential credential) {
    transactions.undoBy(() -> credentials.remove(credential.id()));
    credentials.put(credential.id(), credential);
  }

  @Override
  public Optional<Credential> find(String id) {
    return Optional.ofNullable(credentials.get(id));
  }

  @Override
  public List<Credential> list(Token.Kind kind) {
    return credentials.values().stream().filter(one -> one.kind() == kind).toList();
  }

  @Override
  public List<Credential> listOf(Token.Kind kind, String owner) {
    return list(kind).stream().filter(one -> one.owner().equals(owner)).toList();
  }

  @Override
  public boolean delete(String id) {
    return deleteAll(one -> one.id().equals(id)) > 0;
  }

  @Override
  public int deleteOf(Token.Kind kind, String owner) {
    return deleteAll(one -> one.kind() == kind && one.owner().equals(owner));
  }

  @Override
  public int deleteOthers(Token.Kind kind, String owner, String id) {
    return deleteAll(
        one -> one.kind() == kind && one.owner().equals(owner) && !one.id().equals(id));
  }

  @Override
  public int deleteExpired(Instant before) {
    return deleteAll(one -> one.expiresAt().map(before::isAfter).orElse(false));
  }

  @Override
  public void touch(Map<String, Instant> lastUsed) {}

  private int deleteAll(Predicate<Credential> which) {
    List<Credential> gone = credentials.values().stream().filter(which).toList();
    for (Credential one : gone) {
      transactions.undoBy(() -> credentials.put(one.id(), one));
      credentials.remove(one.id());
    }
    return gone.size();
  }
}
