/// Devices: what they are, what is known of their state, and the operations on them.
///
/// Start with [muster.device.Device] and [muster.device.Devices]. A device has three independent
/// axes: [muster.device.Approval] (a table of transitions), presence (derived from
/// [muster.device.DeviceState] and the clock by [muster.device.Presence]) and
/// [muster.device.Condition].
///
/// ```
///            approve              block
///   pending ─────────▶ approved ─────────▶ blocked
///     │  ▲  ◀─────────   │  ▲   ◀─────────
///     │  │   re-pair     │  │    unblock
/// deny│  │re-pair  revoke│  │re-pair by a token
///     ▼  │               ▼  │
///   denied             revoked ──────────▶ pending
///                               re-pair by a code
/// ```
///
/// Every one of them can be blocked. A hardware id is a label, no proof of being the machine that
/// was approved under it: whoever names it with a code asks anew.
@org.jspecify.annotations.NullMarked
package muster.device;
