package muster.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MaintenanceWindowTest {
  private static final MaintenanceWindow FRIDAY_NIGHT =
      MaintenanceWindow.parse(Set.of(DayOfWeek.FRIDAY), "22:00", "04:00", "UTC");

  @Test
  void nightOfADay_reachesIntoTheNext() {
    assertThat(FRIDAY_NIGHT.isOpen(Instant.parse("2026-11-20T21:59:59Z"))).isFalse();
    assertThat(FRIDAY_NIGHT.isOpen(Instant.parse("2026-11-20T22:00:00Z"))).isTrue();
    assertThat(FRIDAY_NIGHT.isOpen(Instant.parse("2026-11-21T03:59:59Z"))).isTrue();
    assertThat(FRIDAY_NIGHT.isOpen(Instant.parse("2026-11-21T04:00:00Z"))).isFalse();
    assertThat(FRIDAY_NIGHT.isOpen(Instant.parse("2026-11-21T22:30:00Z"))).isFalse();
  }

  @Test
  void next_isNowWhenItIsOpen_andTheNextOpeningOtherwise() {
    Instant within = Instant.parse("2026-11-21T01:00:00Z");
    assertThat(FRIDAY_NIGHT.next(within)).isEqualTo(within);
    assertThat(FRIDAY_NIGHT.next(Instant.parse("2026-11-21T04:00:00Z")))
        .isEqualTo(Instant.parse("2026-11-27T22:00:00Z"));
    assertThat(FRIDAY_NIGHT.next(Instant.parse("2026-11-20T08:00:00Z")))
        .isEqualTo(Instant.parse("2026-11-20T22:00:00Z"));
  }

  @Test
  void hoursAreThoseOfTheZone_alsoWhereTheClockIsPutForward() {
    MaintenanceWindow paris = MaintenanceWindow.parse(Set.of(), "02:30", "03:30", "Europe/Paris");
    assertThat(paris.isOpen(Instant.parse("2026-11-21T01:45:00Z"))).isTrue();
    // On 28 March 2027 the hour from 2 to 3 is left out: 02:30 is 03:30, and the window has no
    // time.
    assertThat(paris.next(Instant.parse("2027-03-28T00:00:00Z")))
        .isEqualTo(Instant.parse("2027-03-28T01:30:00Z"));
  }

  @Test
  void wholeDay_isOpenAllDay() {
    MaintenanceWindow sunday =
        MaintenanceWindow.parse(Set.of(DayOfWeek.SUNDAY), "00:00", "00:00", "");
    assertThat(sunday.isOpen(Instant.parse("2026-11-22T00:00:00Z"))).isTrue();
    assertThat(sunday.isOpen(Instant.parse("2026-11-22T23:59:59Z"))).isTrue();
    assertThat(sunday.isOpen(Instant.parse("2026-11-23T00:00:00Z"))).isFalse();
  }

  @Test
  void whatIsNoTimeOrZone_isNamed() {
    assertThatThrownBy(() -> MaintenanceWindow.parse(Set.of(), "25:00", "04:00", "UTC"))
        .hasMessage(
            "maintenance_window.from: \"25:00\" (expected: a time of the day such as 22:30)");
    assertThatThrownBy(() -> MaintenanceWindow.parse(Set.of(), "22:00", "04:00", "Mars"))
        .hasMessage(
            "maintenance_window.time_zone: \"Mars\" (expected: such as UTC or Europe/Paris)");
  }
}
