package muster.socket;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import muster.http.Limits;
import muster.http.TokenBucket;

/// How fast one device may send. Frames that are no output have a bound, which no device that works
/// comes near; output is paced by its size instead. For one thread at a time.
final class FramePace {
  /// What a frame costs beside its text.
  private static final int FRAME_COST = 512;

  private static final int BURST_SECONDS = 2;
  private static final int KIB = 1024;

  private final Optional<TokenBucket.Rate> frameRate;
  private final Optional<TokenBucket.Rate> outputRate;
  private TokenBucket frames;
  private TokenBucket output;

  FramePace(Limits limits, Instant now) {
    frameRate = rate(limits.framesPerSecond(), 1);
    outputRate = rate(limits.outputKibPerSecond(), KIB);
    frames = new TokenBucket(frameRate.map(TokenBucket.Rate::size).orElse(0.0), now);
    output = new TokenBucket(outputRate.map(TokenBucket.Rate::size).orElse(0.0), now);
  }

  private static Optional<TokenBucket.Rate> rate(int perSecond, int unit) {
    return perSecond == 0
        ? Optional.empty()
        : Optional.of(
            new TokenBucket.Rate((double) perSecond * unit * BURST_SECONDS, perSecond * unit));
  }

  /// Whether one more frame that is no output may come now.
  boolean mayPass(Instant now) {
    if (frameRate.isEmpty()) {
      return true;
    }
    frames = frames.at(now, frameRate.get());
    if (frames.tokens() < 1) {
      return false;
    }
    frames = frames.minus(1);
    return true;
  }

  /// How long the next frame has to wait after a frame of output with that many characters.
  Duration pause(int characters, Instant now) {
    if (outputRate.isEmpty()) {
      return Duration.ZERO;
    }
    output = output.at(now, outputRate.get()).minus(characters + FRAME_COST);
    return output.until(0, outputRate.get());
  }
}
