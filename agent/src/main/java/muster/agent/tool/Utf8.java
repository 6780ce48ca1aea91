package muster.agent.tool;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What is needed to cut a stream of bytes into pieces of text.
public final class Utf8 {
  private static final int LONGEST = 4;

  private Utf8() {}

  /// The text of the bytes; empty when they are not UTF-8.
  public static Optional<String> decode(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /// How many bytes at the end begin a character whose rest is still to come, 0..3. Bytes that can
  /// be no such beginning count as 0.
  public static int incomplete(byte[] bytes, int length) {
    for (int back = 1; back < LONGEST && back <= length; back++) {
      int b = bytes[length - back] & 0xff;
      if (b >= 0xc2 && b <= 0xf4) {
        return size(b) > back ? back : 0;
      }
      if (!continues(bytes[length - back])) {
        return 0;
      }
    }
    return 0;
  }

  /// How many bytes at the beginning are the rest of a character that was cut off, 0..3.
  public static int continued(byte[] bytes) {
    int count = 0;
    while (count < Math.min(LONGEST - 1, bytes.length) && continues(bytes[count])) {
      count++;
    }
    return count;
  }

  private static boolean continues(byte b) {
    return (b & 0xc0) == 0x80;
  }

  private static int size(int first) {
    if (first >= 0xf0) {
      return 4;
    }
    return first >= 0xe0 ? 3 : 2;
  }
}
