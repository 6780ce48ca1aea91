package muster.it.simulation;

import muster.command.CommandStore;
import muster.testkit.contract.CommandStoreContract;
import muster.testkit.simulation.MemoryStores;
import muster.tx.Transactions;

/// The simulation's store keeps the promises of the real one.
class MemoryCommandStoreTest extends CommandStoreContract {
  private final MemoryStores stores = new MemoryStores();

  @Override
  protected Transactions transactions() {
    return stores.transactions();
  }

  @Override
  protected CommandStore store() {
    return stores.commands();
  }
}
