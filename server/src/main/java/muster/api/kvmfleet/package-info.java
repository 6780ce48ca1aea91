/// The KVM Fleet Devices API, as `docs/api.md` and its page describe it: routes, its JSON, its
/// errors, and the device socket its agents open.
@org.jspecify.annotations.NullMarked
package muster.api.kvmfleet;
