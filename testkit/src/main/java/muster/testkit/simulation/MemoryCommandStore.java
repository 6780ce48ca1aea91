package muster.testkit.simulation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import muster.command.Command;
import muster.command.CommandQuery;
import muster.command.CommandStatus;
import muster.command.CommandStore;
import muster.command.Lane;
import muster.command.OutputChunk;
import muster.id.CommandId;
import muster.id.DeviceId;

/// Commands in memory, in the order they were accepted.
final class MemoryCommandStore implements CommandStore {
  private static final Comparator<Command> BY_DUE =
      Comparator.comparing(command -> command.dueAt().orElse(Instant.MAX));

  private final MemoryTransactions transactions;
  private final Map<CommandId, Command> commands = new LinkedHashMap<>();
  private final Map<CommandId, TreeMap<Long, OutputChunk>> output = new LinkedHashMap<>();

  MemoryCommandStore(MemoryTransactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public void insert(Command command) {
    boolean sameKey =
        command
            .idempotencyKey()
            .flatMap(key -> findByIdempotencyKey(command.requesterId(), key))
            .isPresent();
    if (sameKey || commands.containsKey(command.id())) {
      throw new IllegalStateException(command.id() + ": there already");
    }
    transactions.undoBy(() -> commands.remove(command.id()));
    commands.put(command.id(), command);
  }

  @Override
  public Optional<Command> find(CommandId id) {
    return Optional.ofNullable(commands.get(id));
  }

  @Override
  public Optional<Command> findByIdempotencyKey(String requesterId, String key) {
    return all(command ->
            command.requesterId().equals(requesterId)
                && command.idempotencyKey().equals(Optional.of(key)))
        .findFirst();
  }

  @Override
  public void update(Command command) {
    Command before = commands.get(command.id());
    if (before != null) {
      transactions.undoBy(() -> commands.put(before.id(), before));
      commands.put(command.id(), command);
    }
  }

  @Override
  public List<Command> find(CommandQuery query, int limit) {
    List<Command> newestFirst = new ArrayList<>(commands.values());
    Collections.reverse(newestFirst);
    Optional<Command> before = query.before().flatMap(this::find);
    if (query.before().isPresent()) {
      int place = before.map(newestFirst::indexOf).orElse(newestFirst.size() - 1);
      newestFirst = newestFirst.subList(place + 1, newestFirst.size());
    }
    return newestFirst.stream()
        .filter(command -> query.device().map(command.device()::equals).orElse(true))
        .filter(command -> query.status().map(command.status()::equals).orElse(true))
        .limit(limit)
        .toList();
  }

  @Override
  public List<Command> history(DeviceId device, int offset, int limit) {
    List<Command> newestFirst = new ArrayList<>(commands.values());
    Collections.reverse(newestFirst);
    return newestFirst.stream()
        .filter(command -> command.device().equals(device))
        .skip(offset)
        .limit(limit)
        .toList();
  }

  @Override
  public List<Command> queued(DeviceId device, Lane lane, int limit) {
    return of(device)
        .filter(command -> command.status() == CommandStatus.QUEUED && command.lane() == lane)
        .limit(limit)
        .toList();
  }

  @Override
  public int queued(DeviceId device) {
    return (int) of(device).filter(c -> c.status() == CommandStatus.QUEUED).count();
  }

  @Override
  public Map<DeviceId, Integer> depths() {
    Map<DeviceId, Integer> depths = new LinkedHashMap<>();
    all(command -> !command.status().isFinal())
        .forEach(command -> depths.merge(command.device(), 1, Integer::sum));
    return depths;
  }

  @Override
  public long count(DeviceId device) {
    return of(device).count();
  }

  @Override
  public List<CommandId> unfinished(DeviceId device) {
    return of(device)
        .filter(command -> !command.status().isFinal())
        .sorted(Comparator.comparing(Command::lane))
        .map(Command::id)
        .toList();
  }

  @Override
  public List<CommandId> unsent(DeviceId device) {
    return of(device)
        .filter(command -> command.status() == CommandStatus.QUEUED && command.sentAt().isEmpty())
        .sorted(Comparator.comparing(Command::lane))
        .map(Command::id)
        .toList();
  }

  @Override
  public List<Command> delivered(DeviceId device) {
    return of(device)
        .filter(command -> !command.status().isFinal() && command.attempt() > 0)
        .toList();
  }

  @Override
  public List<CommandId> due(Instant now, int limit) {
    return all(command -> command.dueAt().map(at -> !now.isBefore(at)).orElse(false))
        .sorted(BY_DUE)
        .limit(limit)
        .map(Command::id)
        .toList();
  }

  @Override
  public boolean appendOutput(CommandId id, OutputChunk chunk) {
    if (!commands.containsKey(id)) {
      return false;
    }
    TreeMap<Long, OutputChunk> chunks = output.computeIfAbsent(id, any -> new TreeMap<>());
    if (chunks.containsKey(chunk.seq())) {
      return false;
    }
    transactions.undoBy(() -> chunks.remove(chunk.seq()));
    chunks.put(chunk.seq(), chunk);
    return true;
  }

  @Override
  public List<OutputChunk> output(CommandId id, long after, int limit) {
    return chunks(id).tailMap(after, false).values().stream().limit(limit).toList();
  }

  @Override
  public long receivedSeq(CommandId id) {
    TreeMap<Long, OutputChunk> chunks = chunks(id);
    long received = 0;
    while (chunks.containsKey(received + 1)) {
      received++;
    }
    return received;
  }

  @Override
  public int deleteEnded(Instant before, int limit) {
    List<Command> ended =
        all(command -> command.finishedAt().map(before::isAfter).orElse(false))
            .limit(limit)
            .toList();
    ended.forEach(this::delete);
    return ended.size();
  }

  @Override
  public void deleteOf(DeviceId device) {
    all(command -> command.device().equals(device)).toList().forEach(this::delete);
  }

  private void delete(Command command) {
    TreeMap<Long, OutputChunk> chunks = chunks(command.id());
    transactions.undoBy(() -> {
      commands.put(command.id(), command);
      output.put(command.id(), chunks);
    });
    commands.remove(command.id());
    output.remove(command.id());
  }

  private TreeMap<Long, OutputChunk> chunks(CommandId id) {
    return output.getOrDefault(id, new TreeMap<>());
  }

  private Stream<Command> of(DeviceId device) {
    return all(command -> command.device().equals(device));
  }

  private Stream<Command> all(Predicate<Command> which) {
    return commands.values().stream().filter(which);
  }
}
