package muster.binary;

import java.util.Base64;
import java.util.List;
import muster.fault.Fault;

/// An Ed25519 signature in minisign's form: the whole of a `.minisig` file, or the line of it that
/// is the signature. Whether it is good, those find out who have the key; here only a slip is told.
public record Signature(String text) {
  private static final int LONGEST = 2048;
  private static final int SIGNATURE_BYTES = 2 + 8 + 64;
  private static final int GLOBAL_BYTES = 64;
  private static final String UNTRUSTED = "untrusted comment: ";
  private static final String TRUSTED = "trusted comment: ";

  public Signature {
    List<String> lines = text.lines().toList();
    boolean isWellFormed =
        text.length() <= LONGEST
            && switch (lines.size()) {
              case 1 -> isSignature(lines.getFirst());
              case 4 ->
                  isComment(lines.getFirst(), UNTRUSTED)
                      && isSignature(lines.get(1))
                      && isComment(lines.get(2), TRUSTED)
                      && decoded(lines.get(3)).length == GLOBAL_BYTES;
              default -> false;
            };
    if (!isWellFormed) {
      throw Fault.invalid("signature", text, "a .minisig file, or its second line");
    }
  }

  private static boolean isComment(String line, String start) {
    return line.startsWith(start) && line.chars().noneMatch(Character::isISOControl);
  }

  /// Two letters for the algorithm, of the file itself or of its hash; the key's id; the signature.
  private static boolean isSignature(String line) {
    byte[] bytes = decoded(line);
    return bytes.length == SIGNATURE_BYTES
        && bytes[0] == 'E'
        && (bytes[1] == 'd' || bytes[1] == 'D');
  }

  /// Nothing for what is not base64.
  private static byte[] decoded(String line) {
    try {
      return Base64.getDecoder().decode(line);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }
}
