package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import muster.campaign.Campaign;
import muster.campaign.Campaigns;
import muster.checkin.Welcome;
import muster.command.Command;
import muster.command.CommandRequest;
import muster.command.CommandStatus;
import muster.command.Lane;
import muster.event.Event;
import muster.group.DeviceGroup;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.it.command.CoreRig.FakeLink;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random lives of a campaign (F063): devices work, fail, break off, come back and stay away, and
/// the server crashes. At no instant, which means after no event of any transaction, do more of its
/// commands live than its cap; each device gets one at most; and it ends with an account of each.
class CampaignModelTest {
  private static final long SEED = Long.getLong("muster.seed", 0);
  private static final int LIVES = 40;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  private static final class Member {
    final DeviceId id;
    FakeLink link = new FakeLink();
    Optional<Welcome> welcome = Optional.empty();
    final List<Command> running = new ArrayList<>();

    /// Its journal: what it was ever given. A delivery may come twice, an execution may not.
    final Set<CommandId> given = new HashSet<>();

    Member(DeviceId id) {
      this.id = id;
    }
  }

  static IntStream seeds() {
    return SEED == 0 ? IntStream.range(1, LIVES + 1) : IntStream.of((int) SEED);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void capHoldsAtEveryInstant_andEveryMemberIsAccountedFor(int seed) {
    Random random = new Random(seed);
    try (CoreRig rig = new CoreRig(directory)) {
      List<Member> members = new ArrayList<>();
      DeviceGroup group = rig.groups.create(rig.admin, "all", Optional.empty());
      int size = 3 + random.nextInt(20);
      for (int i = 0; i < size; i++) {
        Member member = new Member(rig.device("dev_" + i));
        rig.groups.add(rig.admin, group.id(), member.id);
        members.add(member);
        if (i == 0 || random.nextInt(8) > 0) {
          connect(rig, member);
        }
      }
      int cap = 1 + random.nextInt(5);
      watch(rig, cap);
      Campaign campaign =
          rig.campaigns.start(
              rig.admin,
              group.id(),
              new CommandRequest(
                  "bash",
                  Map.of("command", "true"),
                  Lane.CONTROL,
                  false,
                  TIMEOUT,
                  CommandRequest.DEFAULT_TIME_TO_LIVE,
                  Optional.empty()),
              cap);
      for (int step = 0; step < 150; step++) {
        live(rig, members, random, cap);
      }
      settle(rig, members, campaign);
      judge(rig, members, campaign);
    }
  }

  /// Looks at the store inside each transaction that tells anything of commands.
  private static void watch(CoreRig rig, int cap) {
    rig.log.react(event -> {
      if (event.type().equals(Event.COMMAND_QUEUED)) {
        long living = rig.commandStore.depths().values().stream().mapToInt(Integer::intValue).sum();
        if (living > cap) {
          throw new AssertionError("%d commands live, the cap is %d".formatted(living, cap));
        }
      }
    });
  }

  private void live(CoreRig rig, List<Member> members, Random random, int cap) {
    Member member = members.get(random.nextInt(members.size()));
    switch (random.nextInt(20)) {
      case 0 -> cut(rig, member);
      case 1 -> connect(rig, member);
      case 2 -> {
        rig.clock.advance(Duration.ofSeconds(random.nextInt(40)));
        rig.tick();
        rig.campaigns.tick();
      }
      case 3 -> {
        if (random.nextInt(4) == 0) {
          rig.restart();
          watch(rig, cap);
          members.forEach(lost -> lost.welcome = Optional.empty());
          members.stream().filter(m -> random.nextInt(5) > 0).forEach(m -> connect(rig, m));
        }
      }
      default -> work(rig, member, random);
    }
  }

  private static void connect(CoreRig rig, Member member) {
    if (member.welcome.isEmpty()) {
      member.link = new FakeLink();
      member.welcome =
          Optional.of(
              rig.connect(
                  member.id,
                  member.link,
                  member.running.stream().map(Command::id).toArray(CommandId[]::new)));
    }
  }

  private static void cut(CoreRig rig, Member member) {
    member.welcome.ifPresent(welcome -> rig.checkins.closed(welcome.session(), false));
    member.welcome = Optional.empty();
  }

  private static void work(CoreRig rig, Member member, Random random) {
    if (member.welcome.isEmpty()) {
      return;
    }
    Welcome welcome = member.welcome.get();
    Command given = member.link.executes.poll();
    if (given != null) {
      if (member.given.add(given.id())) {
        member.running.add(given);
      }
      rig.checkins.started(welcome.session(), given.id());
    } else if (!member.running.isEmpty() && random.nextInt(3) > 0) {
      Command done = member.running.getFirst();
      CommandStatus end = random.nextInt(5) > 0 ? CommandStatus.COMPLETED : CommandStatus.FAILED;
      rig.checkins.ended(
          welcome.session(),
          done.id(),
          end,
          new Command.Result(Optional.of(0), Optional.empty(), Optional.empty(), false));
      member.running.removeFirst();
    }
  }

  /// Everybody is there and does what is asked, as long as it takes.
  private static void settle(CoreRig rig, List<Member> members, Campaign campaign) {
    Random calm = new Random(1);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          for (Member member : members) {
            connect(rig, member);
            work(rig, member, calm);
          }
          rig.clock.advance(Duration.ofSeconds(1));
          rig.tick();
          rig.campaigns.tick();
          return rig.campaigns.get(rig.admin, campaign.id()).finishedAt().isPresent();
        });
  }

  private static void judge(CoreRig rig, List<Member> members, Campaign campaign) {
    List<Campaigns.PartState> parts = rig.campaigns.parts(rig.admin, campaign.id());
    assertThat(parts).hasSameSizeAs(members);
    Set<DeviceId> seen = new HashSet<>();
    for (Campaigns.PartState part : parts) {
      assertThat(seen.add(part.device())).isTrue();
      assertThat(part.command().isPresent()).isNotEqualTo(part.skipped().isPresent());
      part.command().ifPresent(id -> assertThat(rig.command(id).status().isFinal()).isTrue());
    }
    assertThat(members).allSatisfy(member -> assertThat(member.given).hasSizeLessThanOrEqualTo(1));
    assertThat(rig.commandStore.depths()).isEmpty();
  }
}
