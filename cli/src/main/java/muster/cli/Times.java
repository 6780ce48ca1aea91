package muster.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Times and durations as people write and read them.
final class Times {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})([smhdw]?)");

  private static final DateTimeFormatter MOMENT =
      DateTimeFormatter.ofPattern("MM-dd HH:mm:ss", Locale.ROOT);

  private Times() {}

  /// `90`, `90s`, `5m`, `1h`, `30d`, `2w`; a bare number is seconds.
  static Duration duration(String option, String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new Failure(
          Exit.USAGE,
          option + ": " + text + " (expected: a number and s, m, h, d or w, as in 30d)");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      case "d" -> Duration.ofDays(amount);
      case "w" -> Duration.ofDays(7 * amount);
      default -> Duration.ofSeconds(amount);
    };
  }

  /// A duration before `now`, or a time in RFC 3339.
  static Instant since(String option, String text, Instant now) {
    if (DURATION.matcher(text).matches()) {
      return now.minus(duration(option, text)).truncatedTo(ChronoUnit.SECONDS);
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw new Failure(
          Exit.USAGE,
          option + ": " + text + " (expected: 1h, 30d or a time such as 2026-04-15T14:30:00Z)",
          e);
    }
  }

  /// `3m ago`, `in 29m`; the date alone from 30 days on. Text that is no time stays as it is.
  static String relative(String iso, Instant now) {
    Instant at;
    try {
      at = Instant.parse(iso);
    } catch (DateTimeParseException notATime) {
      return iso;
    }
    Duration distance = Duration.between(at, now);
    if (distance.abs().compareTo(Duration.ofDays(30)) >= 0) {
      return at.atZone(ZoneOffset.UTC).toLocalDate().toString();
    }
    if (distance.abs().toSeconds() < 2) {
      return "now";
    }
    return distance.isNegative() ? "in " + coarse(distance.negated()) : coarse(distance) + " ago";
  }

  /// `04-15 14:30:05` in this machine's zone. Text that is no time stays as it is.
  static String local(String iso) {
    try {
      return MOMENT.format(Instant.parse(iso).atZone(ZoneId.systemDefault()));
    } catch (DateTimeParseException notATime) {
      return iso;
    }
  }

  /// The largest unit alone: `45s`, `3m`, `5h`, `12d`.
  static String coarse(Duration duration) {
    if (duration.toDays() > 0) {
      return duration.toDays() + "d";
    }
    if (duration.toHours() > 0) {
      return duration.toHours() + "h";
    }
    if (duration.toMinutes() > 0) {
      return duration.toMinutes() + "m";
    }
    return duration.toSeconds() + "s";
  }
}
