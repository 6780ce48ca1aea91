package muster.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import muster.command.Command;
import muster.command.CommandQuery;
import muster.command.CommandStatus;
import muster.command.CommandStore;
import muster.command.Lane;
import muster.command.OutputChunk;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.tx.Transactions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What [CommandStore] promises.
public abstract class CommandStoreContract {
  private static final Instant T = Samples.T;
  private static final DeviceId DEVICE = new DeviceId("dev_1");
  private static final CommandQuery ALL =
      new CommandQuery(Optional.empty(), Optional.empty(), Optional.empty());

  protected abstract Transactions transactions();

  protected abstract CommandStore store();

  private static CommandId id(String value) {
    return new CommandId(value);
  }

  private Command insert(String id) {
    return insert(Samples.command(id, "dev_1"));
  }

  private Command insert(Command command) {
    return transactions()
        .write(() -> {
          store().insert(command);
          return command;
        });
  }

  private Command move(Command command, CommandStatus status) {
    Command moved = Samples.moved(command, status, T.plusSeconds(5));
    return transactions()
        .write(() -> {
          store().update(moved);
          return moved;
        });
  }

  private boolean append(String id, OutputChunk chunk) {
    return transactions().write(() -> store().appendOutput(id(id), chunk));
  }

  private static OutputChunk chunk(long seq) {
    return new OutputChunk(seq, OutputChunk.Stream.STDOUT, new byte[] {1, (byte) seq}, 0);
  }

  private static List<String> ids(List<Command> commands) {
    return commands.stream().map(command -> command.id().value()).toList();
  }

  private static List<String> values(List<CommandId> ids) {
    return ids.stream().map(CommandId::value).toList();
  }

  @Test
  public void insert_thenFind_isTheSame() {
    Command command = insert("exec_1");
    Command keyed = insert(Samples.withKey(Samples.command("exec_2", "dev_1"), "key:key_1", "k"));
    assertThat(store().find(id("exec_1"))).contains(command);
    assertThat(store().find(id("exec_2"))).contains(keyed);
    assertThat(store().find(id("exec_3"))).isEmpty();
    Command bulk = insert(Samples.inLane(Samples.command("exec_4", "dev_1"), Lane.BULK, true));
    assertThat(store().find(id("exec_4"))).contains(bulk);
  }

  @Test
  public void insert_nullInsideArgs_isKept() {
    Command plain = Samples.command("exec_1", "dev_1");
    Command command =
        new Command(
            plain.id(),
            plain.device(),
            plain.tool(),
            Collections.singletonMap("list", Arrays.asList(1L, null, "x")),
            plain.requestedBy(),
            plain.requesterId(),
            plain.lane(),
            plain.idempotent(),
            plain.timeout(),
            plain.createdAt(),
            plain.expiresAt(),
            plain.idempotencyKey(),
            plain.status(),
            plain.attempt(),
            plain.run(),
            plain.cancelRequested(),
            plain.sentAt(),
            plain.leaseUntil(),
            plain.startedAt(),
            plain.finishedAt(),
            plain.result());
    insert(command);
    assertThat(store().find(id("exec_1"))).contains(command);
  }

  @Test
  public void insert_sameIdOrSameKey_isRefused() {
    insert("exec_1");
    assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> insert("exec_1"));
    insert(Samples.withKey(Samples.command("exec_2", "dev_1"), "key:key_1", "k"));
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(
            () -> insert(Samples.withKey(Samples.command("exec_3", "dev_2"), "key:key_1", "k")));
    insert(Samples.withKey(Samples.command("exec_4", "dev_1"), "key:key_2", "k"));
    assertThat(ids(store().find(ALL, 9))).containsExactly("exec_4", "exec_2", "exec_1");
  }

  @Test
  public void findByIdempotencyKey_isPerRequester() {
    Command command = insert(Samples.withKey(Samples.command("exec_1", "dev_1"), "key:key_1", "k"));
    assertThat(store().findByIdempotencyKey("key:key_1", "k")).contains(command);
    assertThat(store().findByIdempotencyKey("key:key_2", "k")).isEmpty();
    assertThat(store().findByIdempotencyKey("key:key_1", "K")).isEmpty();
  }

  @Test
  public void update_eachStatus_isGivenBack() {
    for (CommandStatus status : CommandStatus.values()) {
      Command command = insert("exec_" + status.word());
      Command moved = move(command, status);
      assertThat(store().find(command.id())).as(status.word()).contains(moved);
    }
  }

  @Test
  public void find_eachCriterion_narrows_newestFirst() {
    insert("exec_1");
    insert(Samples.command("exec_2", "dev_2"));
    move(insert("exec_3"), CommandStatus.RUNNING);
    insert("exec_4");
    assertThat(ids(store().find(ALL, 9))).containsExactly("exec_4", "exec_3", "exec_2", "exec_1");
    assertThat(ids(store().find(ALL, 2))).containsExactly("exec_4", "exec_3");
    assertThat(ids(store().find(query("dev_1", null, null), 9)))
        .containsExactly("exec_4", "exec_3", "exec_1");
    assertThat(ids(store().find(query(null, CommandStatus.RUNNING, null), 9)))
        .containsExactly("exec_3");
    assertThat(ids(store().find(query("dev_1", CommandStatus.QUEUED, "exec_4"), 9)))
        .containsExactly("exec_1");
    assertThat(store().find(query(null, null, "exec_1"), 9)).isEmpty();
    assertThat(store().find(query(null, null, "exec_unknown"), 9)).isEmpty();
  }

  @Test
  public void history_isADevicesOwn_newestFirst_pageByPage() {
    insert("exec_1");
    insert(Samples.command("exec_2", "dev_2"));
    move(insert("exec_3"), CommandStatus.COMPLETED);
    insert("exec_4");
    assertThat(ids(store().history(DEVICE, 0, 9))).containsExactly("exec_4", "exec_3", "exec_1");
    assertThat(ids(store().history(DEVICE, 1, 1))).containsExactly("exec_3");
    assertThat(store().history(DEVICE, 3, 9)).isEmpty();
  }

  private static CommandQuery query(
      @Nullable String device, @Nullable CommandStatus status, @Nullable String before) {
    return new CommandQuery(
        Optional.ofNullable(device).map(DeviceId::new),
        Optional.ofNullable(status),
        Optional.ofNullable(before).map(CommandId::new));
  }

  @Test
  public void queuedUnfinishedAndInFlight_areInOrder_ofThatDevice() {
    for (CommandStatus status : CommandStatus.values()) {
      move(insert("exec_" + status.word()), status);
    }
    insert("exec_last");
    insert(Samples.command("exec_other", "dev_2"));
    insert(Samples.inLane(Samples.command("exec_bulk", "dev_1"), Lane.BULK, true));
    assertThat(ids(store().queued(DEVICE, Lane.CONTROL, 9)))
        .containsExactly("exec_queued", "exec_last");
    assertThat(ids(store().queued(DEVICE, Lane.CONTROL, 1))).containsExactly("exec_queued");
    assertThat(ids(store().queued(DEVICE, Lane.BULK, 9))).containsExactly("exec_bulk");
    assertThat(store().queued(DEVICE)).isEqualTo(3);
    assertThat(store().depths()).isEqualTo(Map.of(DEVICE, 5, new DeviceId("dev_2"), 1));
    assertThat(store().count(DEVICE)).isEqualTo(CommandStatus.values().length + 2);
    assertThat(values(store().unfinished(DEVICE)))
        .containsExactly("exec_queued", "exec_sent", "exec_running", "exec_last", "exec_bulk");
    assertThat(values(store().unsent(DEVICE)))
        .containsExactly("exec_queued", "exec_last", "exec_bulk");
    assertThat(ids(store().delivered(DEVICE))).containsExactly("exec_sent", "exec_running");
    assertThat(store().delivered(new DeviceId("dev_3"))).isEmpty();
  }

  @Test
  public void due_areThoseOfWhichTimeHasSomethingToSay() {
    for (CommandStatus status : CommandStatus.values()) {
      move(insert("exec_" + status.word()), status);
    }
    Instant lease = T.plusSeconds(35);
    Instant deadline = T.plusSeconds(5 + 300 + 60);
    Instant expires = T.plusSeconds(86_400);
    assertThat(store().due(lease.minusMillis(1), 9)).isEmpty();
    assertThat(values(store().due(lease, 9))).containsExactly("exec_sent");
    assertThat(values(store().due(deadline.minusMillis(1), 9))).containsExactly("exec_sent");
    assertThat(values(store().due(deadline, 9))).containsExactly("exec_sent", "exec_running");
    assertThat(values(store().due(expires, 9)))
        .containsExactly("exec_sent", "exec_running", "exec_queued");
    assertThat(values(store().due(expires, 2))).containsExactly("exec_sent", "exec_running");
  }

  @Test
  public void appendOutput_eachSeqOnce_theFirstStays() {
    insert("exec_1");
    OutputChunk first = new OutputChunk(1, OutputChunk.Stream.STDERR, "ä\u0000".getBytes(UTF_8), 0);
    OutputChunk gap = new OutputChunk(2, OutputChunk.Stream.STDOUT, new byte[0], 1L << 40);
    assertThat(append("exec_1", first)).isTrue();
    assertThat(append("exec_1", gap)).isTrue();
    assertThat(append("exec_1", chunk(1))).isFalse();
    assertThat(append("exec_unknown", chunk(1))).isFalse();
    assertThat(store().output(id("exec_1"), 0, 9)).containsExactly(first, gap);
  }

  @Test
  public void output_isInOrder_behindAfter_ofThatCommand() {
    insert("exec_0");
    insert("exec_1");
    insert("exec_2");
    for (long seq : List.of(3L, 1L, 2L, OutputChunk.MAX_SEQ)) {
      append("exec_1", chunk(seq));
    }
    append("exec_0", chunk(7));
    append("exec_2", chunk(1));
    assertThat(seqs(0, 9)).containsExactly(1L, 2L, 3L, OutputChunk.MAX_SEQ);
    assertThat(seqs(0, 2)).containsExactly(1L, 2L);
    assertThat(seqs(2, 9)).containsExactly(3L, OutputChunk.MAX_SEQ);
    assertThat(seqs(OutputChunk.MAX_SEQ, 9)).isEmpty();
    assertThat(seqs(Long.MAX_VALUE, 9)).isEmpty();
    assertThat(store().output(id("exec_unknown"), 0, 9)).isEmpty();
  }

  private List<Long> seqs(long after, int limit) {
    return store().output(id("exec_1"), after, limit).stream().map(OutputChunk::seq).toList();
  }

  @Test
  public void receivedSeq_isUpToTheFirstHole() {
    insert("exec_0");
    append("exec_0", chunk(1));
    insert("exec_1");
    assertThat(store().receivedSeq(id("exec_1"))).isZero();
    append("exec_1", chunk(2));
    assertThat(store().receivedSeq(id("exec_1"))).isZero();
    append("exec_1", chunk(1));
    assertThat(store().receivedSeq(id("exec_1"))).isEqualTo(2);
    append("exec_1", chunk(5));
    append("exec_1", chunk(4));
    assertThat(store().receivedSeq(id("exec_1"))).isEqualTo(2);
    append("exec_1", chunk(3));
    assertThat(store().receivedSeq(id("exec_1"))).isEqualTo(5);
    append("exec_1", chunk(OutputChunk.MAX_SEQ));
    assertThat(store().receivedSeq(id("exec_1"))).isEqualTo(5);
    assertThat(store().receivedSeq(id("exec_unknown"))).isZero();
  }

  @Test
  public void deleteEnded_removesWhatEndedBefore_withItsOutput() {
    move(insert("exec_old"), CommandStatus.COMPLETED);
    append("exec_old", chunk(1));
    insert("exec_open");
    append("exec_open", chunk(1));
    move(insert("exec_older"), CommandStatus.LOST);
    Instant ended = T.plusSeconds(5);
    assertThat(deleteEnded(ended, 9)).as("ended at that very moment").isZero();
    assertThat(deleteEnded(ended.plusMillis(1), 1)).isEqualTo(1);
    assertThat(deleteEnded(ended.plusMillis(1), 9)).isEqualTo(1);
    assertThat(ids(store().find(ALL, 9))).containsExactly("exec_open");
    assertThat(store().output(id("exec_old"), 0, 9)).isEmpty();
    assertThat(store().output(id("exec_open"), 0, 9)).hasSize(1);
    insert("exec_new");
    assertThat(store().output(id("exec_new"), 0, 9)).as("of a number given again").isEmpty();
  }

  @Test
  public void deleteOf_removesAllOfADevice_withItsOutput() {
    insert("exec_1");
    append("exec_1", chunk(1));
    transactions()
        .write(() -> {
          store().deleteOf(store().find(id("exec_1")).orElseThrow().device());
          return true;
        });
    assertThat(store().find(ALL, 9)).isEmpty();
    assertThat(store().output(id("exec_1"), 0, 9)).isEmpty();
  }

  private int deleteEnded(Instant before, int limit) {
    return transactions().write(() -> store().deleteEnded(before, limit));
  }

  @Test
  public void output_ofFullChunks_comesBackWhole() {
    insert("exec_1");
    byte[] full = new byte[OutputChunk.MAX_BYTES];
    Arrays.fill(full, (byte) 0xff);
    List<OutputChunk> chunks = new ArrayList<>();
    LongStream.rangeClosed(1, 20)
        .forEach(seq -> chunks.add(new OutputChunk(seq, OutputChunk.Stream.STDOUT, full, 0)));
    chunks.forEach(chunk -> append("exec_1", chunk));
    assertThat(store().output(id("exec_1"), 0, 64)).isEqualTo(chunks);
  }
}
