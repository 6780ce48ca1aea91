package muster.command;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.id.CommandId;
import muster.id.DeviceId;

/// Where commands and their output are kept. Writes happen inside a write transaction.
public interface CommandStore {
  void insert(Command command);

  Optional<Command> find(CommandId id);

  Optional<Command> findByIdempotencyKey(String requesterId, String key);

  /// Replaces what changes in a command's life.
  void update(Command command);

  /// Newest first.
  List<Command> find(CommandQuery query, int limit);

  /// Those of a device, newest first: `limit` behind the first `offset`.
  List<Command> history(DeviceId device, int offset, int limit);

  /// Queued commands of a device and lane in the order they were accepted.
  List<Command> queued(DeviceId device, Lane lane, int limit);

  /// How many commands are queued for a device.
  int queued(DeviceId device);

  /// How many commands have not ended, for each device that has any.
  Map<DeviceId, Integer> depths();

  /// How many commands of a device there are.
  long count(DeviceId device);

  /// Commands of a device that have not ended, in the order of their turn. Only which: together
  /// they may be larger than the memory.
  List<CommandId> unfinished(DeviceId device);

  /// Those of them that the device certainly has not started, as they wait and are not in doubt.
  List<CommandId> unsent(DeviceId device);

  /// Those of them that were sent to it at least once.
  List<Command> delivered(DeviceId device);

  /// Commands for which time has something to say at `now`: lease, time to live or deadline passed.
  List<CommandId> due(Instant now, int limit);

  /// Adds a chunk; false when that `seq` is there already.
  boolean appendOutput(CommandId id, OutputChunk chunk);

  /// In order: at most `limit` chunks with `seq` above `after`.
  List<OutputChunk> output(CommandId id, long after, int limit);

  /// The highest `seq` up to which no chunk is missing, 0 when there is none.
  long receivedSeq(CommandId id);

  /// Removes all commands of a device, with their output.
  void deleteOf(DeviceId device);

  /// Removes commands that ended before `before`, with their output; returns how many.
  int deleteEnded(Instant before, int limit);
}
