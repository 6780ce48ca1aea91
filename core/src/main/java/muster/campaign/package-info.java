/// Campaigns: one command for many devices, so many at a time, with an account of each.
///
/// Start with [muster.campaign.Campaigns]. Invariant: at no instant do more of a campaign's
/// commands wait, run or hang in doubt than its cap, whatever crashes.
@org.jspecify.annotations.NullMarked
package muster.campaign;
