package muster.transfer;

import muster.id.TransferId;
import muster.link.Link;

/// A link over which transfers can be given to a device. Both methods return at once. Giving one
/// twice is harmless: the device knows it by its id.
public interface TransferLink extends Link {
  void offer(Transfer transfer);

  void cancel(TransferId id);
}
