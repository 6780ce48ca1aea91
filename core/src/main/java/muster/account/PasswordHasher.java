package muster.account;

/// Makes and checks slow, salted hashes of what people can remember. Calls take tens of
/// milliseconds and some 20 MiB each.
public interface PasswordHasher {
  String hash(String password);

  boolean matches(String password, String storedHash);
}
