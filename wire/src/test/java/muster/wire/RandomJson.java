package muster.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Random values of every JSON kind, from a seed. Strings are rich in what breaks codecs.
final class RandomJson {
  private static final int[] ODD = {
    0, 0x1f, '"', '\\', '/', 0x7f, 0x80, 0x2028, 0x2029, 0xd800, 0xdc00, 0xfffe, 0x1f600
  };

  private final Random random;

  RandomJson(long seed) {
    random = new Random(seed);
  }

  @Nullable Object value(int depth) {
    int kind = random.nextInt(depth > 0 ? 8 : 6);
    switch (kind) {
      case 0:
        return null;
      case 1:
        return random.nextBoolean();
      case 2:
        return random.nextLong() >> random.nextInt(64);
      case 3:
        return Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
      case 4:
      case 5:
        return string();
      case 6:
        return list(depth - 1);
      default:
        return map(depth - 1);
    }
  }

  Map<String, @Nullable Object> map(int depth) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      map.put(string(), value(depth));
    }
    return map;
  }

  private List<@Nullable Object> list(int depth) {
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      list.add(value(depth));
    }
    return list;
  }

  private String string() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      boolean odd = random.nextInt(3) == 0;
      text.appendCodePoint(odd ? ODD[random.nextInt(ODD.length)] : ' ' + random.nextInt(95));
    }
    return text.toString();
  }
}
