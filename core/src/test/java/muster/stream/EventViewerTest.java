package muster.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import muster.event.EventStore;
import muster.id.DeviceId;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What has happened and what happens, held against the plain list of all of it. Seeded;
/// `-Dmuster.seed=` repeats a run but for its threads.
@Timeout(60)
class EventViewerTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final int READ_AT_ONCE = 7;

  private final Log log = new Log();
  private final Outlet out = new Outlet();

  /// All that happened, of which the oldest may be dropped.
  private static final class Log implements EventViewer.Past {
    private final List<Happening> all = new ArrayList<>();
    private long first = 1;

    private synchronized Happening happens() {
      Happening happening = status(all.size() + 1);
      all.add(happening);
      return happening;
    }

    @Override
    public synchronized EventStore.Kept kept() {
      return new EventStore.Kept(first, all.size());
    }

    @Override
    public synchronized Part after(long id) {
      List<Happening> part =
          all.stream()
              .filter(one -> one.id() > id && one.id() >= first)
              .limit(READ_AT_ONCE)
              .toList();
      return new Part(part, part.isEmpty() ? id : part.getLast().id());
    }
  }

  private static Happening status(long id) {
    return new Happening(
        id, Happening.Kind.STATUS_CHANGE, Instant.EPOCH, new DeviceId("dev-1"), Map.of());
  }

  private static Happening heartbeat(String device, String cpu) {
    return new Happening(
        0, Happening.Kind.HEARTBEAT, Instant.EPOCH, new DeviceId(device), Map.of("cpu_usage", cpu));
  }

  /// Leaves when it has heard enough.
  private static final class Outlet implements EventOutlet {
    private final List<Happening> heard = new ArrayList<>();
    private final List<Long> gaps = new ArrayList<>();
    private long until = Long.MAX_VALUE;

    @Override
    public boolean isOpen() {
      return heard.stream().noneMatch(one -> one.id() >= until);
    }

    @Override
    public void onLeave(Runnable task) {}

    @Override
    public void happened(Happening happening) {
      heard.add(happening);
    }

    @Override
    public void missed(long after, long from) {
      gaps.add(from);
    }

    private List<Long> ids() {
      return heard.stream().map(Happening::id).toList();
    }
  }

  private EventViewer viewer(Optional<Long> after, Set<Happening.Kind> kinds) {
    EventViewer.Right right =
        new EventViewer.Right() {
          @Override
          public Optional<String> lost() {
            return Optional.empty();
          }

          @Override
          public boolean sees(Happening happening) {
            return true;
          }
        };
    return new EventViewer(kinds, after, log, right, viewer -> {});
  }

  private EventViewer viewer(Optional<Long> after) {
    return viewer(after, EnumSet.allOf(Happening.Kind.class));
  }

  @RepeatedTest(20)
  void whatHappensWhileThePastIsTold_isToldOnce_inOrder() throws Exception {
    Random random = new Random(SEED);
    int before = random.nextInt(200);
    int later = 1 + random.nextInt(500);
    for (int i = 0; i < before; i++) {
      log.happens();
    }
    long after = random.nextInt(before + 1);
    EventViewer viewer = viewer(Optional.of(after));
    out.until = before + later;
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; i < later; i++) {
                viewer.tell(log.happens());
              }
            });
    assertThat(viewer.run(true, out)).isEmpty();
    writer.join();
    assertThat(out.ids())
        .as("seed %d", SEED)
        .containsExactlyElementsOf(
            LongStream.rangeClosed(after + 1, before + later).boxed().toList());
    assertThat(out.gaps).isEmpty();
  }

  @Test
  void pastAlone_endsBehindWhatHasHappened() throws Exception {
    for (int i = 0; i < 20; i++) {
      log.happens();
    }
    assertThat(viewer(Optional.of(15L)).run(false, out)).isEmpty();
    assertThat(out.ids()).containsExactly(16L, 17L, 18L, 19L, 20L);
  }

  @Test
  void whatIsDropped_isAGap() throws Exception {
    for (int i = 0; i < 20; i++) {
      log.happens();
    }
    log.first = 11;
    viewer(Optional.of(9L)).run(false, out);
    assertThat(out.gaps).containsExactly(10L);
    assertThat(out.ids().getFirst()).isEqualTo(11);
    viewer(Optional.of(10L)).run(false, out);
    assertThat(out.gaps).as("nothing is missing behind 10").hasSize(1);
    viewer(Optional.of(21L)).run(false, out);
    assertThat(out.gaps).containsExactly(10L, 20L);
  }

  @Test
  void slowViewer_isToldTheLatestHeartbeats_andEndsWhenTooMuchWaits() throws Exception {
    EventViewer viewer = viewer(Optional.empty());
    viewer.tell(heartbeat("dev-1", "1"));
    viewer.tell(heartbeat("dev-2", "2"));
    viewer.tell(heartbeat("dev-1", "3"));
    out.until = 1;
    viewer.tell(status(1));
    viewer.run(true, out);
    assertThat(out.ids()).as("what is kept comes first").containsExactly(1L);
    out.until = Long.MAX_VALUE;
    for (int i = 2; i <= 10_002; i++) {
      viewer.tell(status(i));
    }
    assertThat(viewer.run(true, out))
        .hasValueSatisfying(end -> assertThat(end.why()).isEqualTo(EventViewer.Why.TOO_SLOW));
    assertThat(out.ids()).hasSize(10_001).doesNotHaveDuplicates();
  }

  @Test
  void heartbeats_areTheLatestOfEachDevice() throws Exception {
    EventViewer viewer = viewer(Optional.empty(), Set.of(Happening.Kind.HEARTBEAT));
    viewer.tell(heartbeat("dev-1", "1"));
    viewer.tell(heartbeat("dev-2", "2"));
    viewer.tell(heartbeat("dev-1", "3"));
    viewer.tell(status(1));
    EventOutlet two =
        new EventOutlet() {
          @Override
          public boolean isOpen() {
            return out.heard.size() < 2;
          }

          @Override
          public void onLeave(Runnable task) {}

          @Override
          public void happened(Happening happening) {
            out.happened(happening);
          }

          @Override
          public void missed(long after, long from) {
            out.missed(after, from);
          }
        };
    viewer.run(true, two);
    assertThat(out.heard)
        .containsExactlyInAnyOrder(heartbeat("dev-1", "3"), heartbeat("dev-2", "2"));
  }
}
