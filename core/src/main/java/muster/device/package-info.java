/// Devices: what they are, what is known of their state, and the operations on them.
///
/// Start with [muster.device.Device] and [muster.device.Devices]. A device has three independent
/// axes: [muster.device.Approval] (a table of transitions), presence (derived from
/// [muster.device.DeviceState] and the clock by [muster.device.Presence]) and
/// [muster.device.Condition].
///
/// ```
///              approve            block
///   pending ───────────▶ approved ──────▶ blocked
///      │  ▲                │   ▲  ◀────── (unblock)
/// deny │  │ re-pair revoke │   │ re-pair
///      ▼  │                ▼   │
///     denied              revoked
/// ```
@org.jspecify.annotations.NullMarked
package muster.device;
