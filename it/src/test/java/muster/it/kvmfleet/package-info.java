/// KVM Fleet's Devices API, rows F001–F022, each as scenarios over real HTTP and WebSockets.
///
/// Every test carries the rows it shows as tags (`-Dgroups=F010` runs one row); `RowsTest` in
/// `muster.it.page` sees to it that none is forgotten. `KvmFleetPageTest` runs the page's own
/// commands.
@org.jspecify.annotations.NullMarked
package muster.it.kvmfleet;
