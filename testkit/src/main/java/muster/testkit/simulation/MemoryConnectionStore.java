package muster.testkit.simulation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import muster.device.LinkEnd;
import muster.id.DeviceId;
import muster.link.Connection;
import muster.link.ConnectionStore;

/// Links on record in memory, oldest first. All are kept: a history is short.
final class MemoryConnectionStore implements ConnectionStore {
  private final MemoryTransactions transactions;
  private final List<Connection> connections = new ArrayList<>();

  MemoryConnectionStore(MemoryTransactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public void begin(Connection connection) {
    end(
        open -> open.device().equals(connection.device()),
        new Connection.End(connection.beganAt(), LinkEnd.REPLACED));
    transactions.undoBy(() -> connections.remove(connection));
    connections.add(connection);
  }

  @Override
  public void end(DeviceId device, long epoch, Connection.End end) {
    end(open -> open.device().equals(device) && open.epoch() == epoch, end);
  }

  @Override
  public int endAllOpen(LinkEnd why) {
    int ended = 0;
    for (Connection open : List.copyOf(connections)) {
      if (open.end().isEmpty()) {
        end(open::equals, new Connection.End(open.beganAt(), why));
        ended++;
      }
    }
    return ended;
  }

  @Override
  public List<Connection> find(DeviceId device, long before, int limit) {
    return connections.stream()
        .filter(connection -> connection.device().equals(device) && connection.epoch() < before)
        .sorted(Comparator.comparing(Connection::epoch).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public int deleteEnded(Instant before, int limit) {
    return 0;
  }

  private void end(Predicate<Connection> which, Connection.End end) {
    for (int i = 0; i < connections.size(); i++) {
      Connection open = connections.get(i);
      if (open.end().isEmpty() && which.test(open)) {
        int place = i;
        transactions.undoBy(() -> connections.set(place, open));
        connections.set(
            i,
            new Connection(
                open.device(), open.epoch(), open.beganAt(), open.address(), Optional.of(end)));
      }
    }
  }
}
