/// Snippbot's Devices API, rows F023–F067, each as scenarios over real HTTP and WebSockets.
///
/// Every test carries the rows it shows as tags (`-Dgroups=F041` runs one row).
@org.jspecify.annotations.NullMarked
package muster.it.snippbot;
