package muster.webhook;

import java.time.Duration;

/// What follows from an answer: a pure function.
final class RetryRules {
  private static final int TIMEOUT = 408;
  private static final int GONE = 410;
  private static final int TOO_EARLY = 425;
  private static final int TOO_MANY = 429;
  private static final double JITTER = 0.2;

  private RetryRules() {}

  /// What is to be done with a notice that was sent.
  sealed interface Verdict {
    record Delivered() implements Verdict {}

    record Again(Duration after) implements Verdict {}

    record GiveUp() implements Verdict {}

    /// The receiver wants no more of anything.
    record TurnOff(String because) implements Verdict {}
  }

  /// @param attempts how often it was sent, this time included
  /// @param chance 0..1, which spreads those that failed together
  static Verdict verdict(Retry retry, int attempts, Courier.Answer answer, double chance) {
    if (answer.isTaken()) {
      return new Verdict.Delivered();
    }
    int status = answer.status().orElse(0);
    if (status == GONE) {
      return new Verdict.TurnOff("the receiver answered 410 Gone");
    }
    boolean refused = status / 100 == 4;
    boolean later = status == TIMEOUT || status == TOO_EARLY || status == TOO_MANY;
    if (refused && !later || attempts >= retry.maxAttempts()) {
      return new Verdict.GiveUp();
    }
    Duration own = retry.after(attempts);
    Duration spread = own.plusMillis((long) (own.toMillis() * JITTER * chance));
    Duration asked = answer.retryAfter().orElse(Duration.ZERO);
    Duration bounded = asked.compareTo(Retry.LONGEST) < 0 ? asked : Retry.LONGEST;
    return new Verdict.Again(bounded.compareTo(spread) > 0 ? bounded : spread);
  }
}
