/// Groups: named sets of devices that somebody put together by hand.
///
/// Start with [muster.group.Groups]. Invariants: a device that is deleted leaves its groups; a
/// group grants nothing: what a caller may do to a member, and whether it sees it, is decided for
/// each device.
@org.jspecify.annotations.NullMarked
package muster.group;
