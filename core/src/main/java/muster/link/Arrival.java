package muster.link;

import muster.id.DeviceId;

/// A device that connects.
///
/// @param credential by the id of which it was let in
/// @param address where from, as text
/// @param machine what tells the machine apart; empty texts when the device's protocol does not say
public record Arrival(
    DeviceId device, String credential, Link link, String address, Machine machine) {
  /// @param bootId another one after every start of the machine
  /// @param machineId another one on every installed system, but for copies of its disk
  public record Machine(String bootId, String machineId) {
    public static final Machine UNSAID = new Machine("", "");

    /// Whether these are certainly not the same run of the same machine. Containers of one host
    /// share its boot, copies of a disk their machine id: one difference is enough.
    public boolean differsFrom(Machine other) {
      return differ(bootId, other.bootId) || differ(machineId, other.machineId);
    }

    private static boolean differ(String one, String other) {
      return !one.isEmpty() && !other.isEmpty() && !one.equals(other);
    }
  }
}
