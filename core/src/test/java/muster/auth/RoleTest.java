package muster.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoleTest {
  private static final List<Role> LADDER =
      List.of(Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.OWNER);

  @Test
  void ladder_eachStep_hasWhatIsBelowIt() {
    for (int i = 1; i < LADDER.size(); i++) {
      assertThat(LADDER.get(i).permissions()).containsAll(LADDER.get(i - 1).permissions());
    }
    assertThat(Role.OWNER.permissions())
        .isEqualTo(
            EnumSet.complementOf(EnumSet.of(Permission.DEVICE_HEARTBEAT, Permission.FILE_CARRY)));
  }

  @Test
  void bounds_betweenTheSteps_areWhereTheyShouldBe() {
    assertThat(Role.VIEWER.has(Permission.DEVICE_LIST)).isTrue();
    assertThat(Role.VIEWER.has(Permission.COMMAND_EXECUTE)).isFalse();
    assertThat(Role.VIEWER.has(Permission.COMMAND_VIEW)).isFalse();
    assertThat(Role.OPERATOR.has(Permission.COMMAND_EXECUTE)).isTrue();
    assertThat(Role.VIEWER.has(Permission.FILE_READ)).isFalse();
    assertThat(Role.OPERATOR.has(Permission.FILE_WRITE)).isTrue();
    assertThat(Role.OPERATOR.has(Permission.DEVICE_DELETE)).isFalse();
    assertThat(Role.OPERATOR.has(Permission.COMMAND_ADMINISTER)).isFalse();
    assertThat(Role.ADMIN.has(Permission.COMMAND_ADMINISTER)).isTrue();
    assertThat(Role.OPERATOR.has(Permission.KEY_MANAGE)).isFalse();
    assertThat(Role.ADMIN.has(Permission.KEY_MANAGE)).isTrue();
    assertThat(Role.ANONYMOUS.permissions()).isEmpty();
    assertThat(Role.DEVICE.permissions())
        .containsExactlyInAnyOrder(
            Permission.DEVICE_HEARTBEAT,
            Permission.DEVICE_VIEW,
            Permission.FILE_CARRY,
            Permission.UPDATE_VIEW);
  }

  @Test
  void mayGrant_neverAboveOnesOwn_andNeverADevices() {
    for (Role self : Role.values()) {
      for (Role other : Role.values()) {
        boolean expected = LADDER.contains(other) && LADDER.indexOf(other) <= LADDER.indexOf(self);
        assertThat(self.mayGrant(other)).as("%s grants %s", self, other).isEqualTo(expected);
      }
    }
  }

  @Test
  void ofWord_knowsRolesForPeopleOnly() {
    assertThat(Role.ofWord("Admin")).contains(Role.ADMIN);
    assertThat(Role.ofWord("member")).contains(Role.VIEWER);
    assertThat(List.of("device", "anonymous", "", "root").stream().map(Role::ofWord))
        .allMatch(Optional::isEmpty);
  }
}
