package muster.account;

import java.util.List;
import java.util.Optional;

/// Where users are kept.
public interface UserStore {
  void insert(User user);

  /// By name, of whom there is one at a time.
  Optional<User> find(String username);

  Optional<User> findById(String id);

  /// By name.
  List<User> list();

  /// Replaces the row of that id; name and birth stay.
  void update(User user);

  /// Whether there was one.
  boolean delete(String id);
}
