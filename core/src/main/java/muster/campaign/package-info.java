/// Campaigns: one command for many devices, so many at a time, with an account of each.
///
/// Start with [muster.campaign.Campaigns]: `start` freezes who takes part, one
/// [muster.campaign.Campaign.Part] for each member, skipped or waiting; `step` gives as many of
/// those that wait a command of their own as there is room for. It is a command's end that makes
/// room: the reactor on `command.finished` marks its part in the same transaction, and hands out
/// what comes next after the commit. The tick goes on with what a crash or a full disk interrupted.
///
/// Invariants: at no instant do more of a campaign's commands wait, run or hang in doubt than its
/// cap, whatever crashes; a device gets one command of a campaign at most; a campaign ends with an
/// account of each member.
@org.jspecify.annotations.NullMarked
package muster.campaign;
