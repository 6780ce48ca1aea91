package muster.testkit.simulation;

import muster.command.CommandStore;
import muster.tx.Transactions;

/// Transactions and a command store in memory, for the store's contract to be held against.
public final class MemoryStores {
  private final MemoryTransactions transactions = new MemoryTransactions(new FailPoint());
  private final MemoryCommandStore commands = new MemoryCommandStore(transactions);

  public Transactions transactions() {
    return transactions;
  }

  public CommandStore commands() {
    return commands;
  }
}
