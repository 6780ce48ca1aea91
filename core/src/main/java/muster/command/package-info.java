/// Commands: one unit of work for one device, stored before anything is sent.
///
/// Start with [muster.command.Commands]; the rules are [muster.command.CommandRules], a pure
/// function of command, event and time.
///
/// ```
///            take            started            ended
///  queued ─────────▶ sent ─────────▶ running ─────────▶ completed | failed | timed_out | cancelled
///    │  ◀───────────  │ link or lease lost, busy  │
///    │                │ refused                   │ the device does not know it any more,
///    │ cancel ──▶ cancelled        ▼              │ or nothing was heard 60 s past the deadline
///    │ TTL ─────▶ expired        failed           ▼
///    └ TTL after a send that was never confirmed ─▶ lost
/// ```
///
/// A command that waits again after it was sent is *in doubt*: the device may have started it. It
/// is delivered again, and the agent's journal answers; it is called cancelled or expired only when
/// the device has said that it did not start it (it was busy, or connected again without naming
/// it), else lost. When somebody wants it cancelled meanwhile, the link is closed, so that the
/// device connects again and tells.
///
/// Invariants: an accepted command is durable before it is answered; it is delivered at least once
/// while it lives, and the agent's journal makes that one start at most; it ends in exactly one
/// terminal state, which never changes.
@org.jspecify.annotations.NullMarked
package muster.command;
