package muster.http;

import java.util.concurrent.ThreadLocalRandom;

/// Names for requests: they must not repeat, and nobody gains by guessing one, so no strong random
/// numbers are spent on them.
final class RequestIds {
  private static final int RADIX = 32;

  private RequestIds() {}

  static String next() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return "req_"
        + Long.toUnsignedString(random.nextLong(), RADIX)
        + Integer.toUnsignedString(random.nextInt(), RADIX);
  }
}
