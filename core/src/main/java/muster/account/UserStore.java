package muster.account;

import java.util.List;
import java.util.Optional;

/// Where users are kept.
public interface UserStore {
  void insert(User user);

  Optional<User> find(String username);

  /// By name.
  List<User> list();

  /// Replaces the row of that name.
  void update(User user);

  boolean delete(String username);
}
