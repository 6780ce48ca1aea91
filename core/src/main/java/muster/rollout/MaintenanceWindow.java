package muster.rollout;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.EnumSet;
import java.util.Set;
import muster.fault.Fault;

/// The hours in which devices may begin. Who began within them may end later.
///
/// @param days on which it opens; all seven at most, one at least
/// @param from when it opens
/// @param to when it closes, on the next day when that is not after `from`
/// @param zone of these hours; where a day has none of an hour, the next that it has counts
public record MaintenanceWindow(Set<DayOfWeek> days, LocalTime from, LocalTime to, ZoneId zone) {
  public MaintenanceWindow {
    if (days.isEmpty()) {
      throw Fault.invalid("maintenance_window.days", days, "one day at least");
    }
    days = Set.copyOf(EnumSet.copyOf(days));
  }

  /// @throws Fault INVALID_ARGUMENT for hours or zones that are none
  public static MaintenanceWindow parse(Set<DayOfWeek> days, String from, String to, String zone) {
    return new MaintenanceWindow(
        days.isEmpty() ? EnumSet.allOf(DayOfWeek.class) : days,
        time("maintenance_window.from", from),
        time("maintenance_window.to", to),
        zone(zone));
  }

  private static LocalTime time(String field, String text) {
    try {
      return LocalTime.parse(text);
    } catch (DateTimeException e) {
      throw Fault.invalid(field, text, "a time of the day such as 22:30");
    }
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text.isEmpty() ? "UTC" : text);
    } catch (DateTimeException e) {
      throw Fault.invalid("maintenance_window.time_zone", text, "such as UTC or Europe/Paris");
    }
  }

  public boolean isOpen(Instant now) {
    LocalDate today = now.atZone(zone).toLocalDate();
    return holds(today, now) || holds(today.minusDays(1), now);
  }

  private boolean holds(LocalDate day, Instant now) {
    return days.contains(day.getDayOfWeek())
        && !now.isBefore(opening(day))
        && now.isBefore(closing(day));
  }

  /// When it is open next: `now`, when it is.
  public Instant next(Instant now) {
    if (isOpen(now)) {
      return now;
    }
    LocalDate day = now.atZone(zone).toLocalDate();
    while (!days.contains(day.getDayOfWeek()) || opening(day).isBefore(now)) {
      day = day.plusDays(1);
    }
    return opening(day);
  }

  private Instant opening(LocalDate day) {
    return ZonedDateTime.of(day, from, zone).toInstant();
  }

  private Instant closing(LocalDate day) {
    return ZonedDateTime.of(to.isAfter(from) ? day : day.plusDays(1), to, zone).toInstant();
  }

  @Override
  public String toString() {
    return "%s–%s %s".formatted(from, to, zone);
  }
}
