package muster.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import muster.account.PasswordHasher;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// Argon2id with 19 MiB, two passes and one lane (OWASP's first choice; 36 ms of CPU here), stored
/// in the PHC form `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
final class Argon2Passwords implements PasswordHasher {
  private static final int MEMORY_KIB = 19_456;
  private static final int PASSES = 2;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final String PREFIX = "$argon2id$v=19$m=19456,t=2,p=1$";

  private final SecureRandom random = new SecureRandom();

  @Override
  public String hash(String password) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return PREFIX
        + base64.encodeToString(salt)
        + "$"
        + base64.encodeToString(argon2(password, salt));
  }

  @Override
  public boolean matches(String password, String storedHash) {
    if (!storedHash.startsWith(PREFIX)) {
      return false;
    }
    String[] parts = storedHash.substring(PREFIX.length()).split("\\$", -1);
    byte[] salt = Base64.getDecoder().decode(parts[0]);
    return MessageDigest.isEqual(argon2(password, salt), Base64.getDecoder().decode(parts[1]));
  }

  private static byte[] argon2(String password, byte[] salt) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(MEMORY_KIB)
            .withIterations(PASSES)
            .withParallelism(1)
            .withSalt(salt)
            .build());
    byte[] hash = new byte[HASH_BYTES];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
    return hash;
  }
}
