package muster.testkit.simulation;

import java.util.List;
import java.util.Optional;
import muster.account.User;
import muster.account.UserStore;

/// An installation where only programs ask, by API keys.
final class NoUsers implements UserStore {
  @Override
  public void insert(User user) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<User> find(String username) {
    return Optional.empty();
  }

  @Override
  public Optional<User> findById(String id) {
    return Optional.empty();
  }

  @Override
  public List<User> list() {
    return List.of();
  }

  @Override
  public void update(User user) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean delete(String id) {
    return false;
  }
}
