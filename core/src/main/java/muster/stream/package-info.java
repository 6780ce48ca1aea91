/// What goes on on a device while somebody watches: lines of its logs ([muster.stream.LogStreams])
/// and its measures ([muster.stream.MetricStreams]).
///
/// However many watch one log, the device reads it once: a [muster.stream.LogFeed] is what it
/// sends, in a bounded [muster.stream.LogRing] from which each [muster.stream.LogViewer] reads at
/// its own pace. Who is slower than the ring misses lines and is told so; nobody waits for them,
/// and the device least of all. An event is encoded once, in the form that the dialect gives
/// ([muster.stream.LogFormat]).
///
/// Nothing of it is stored but who watched what, in the audit log. Invariants: a device reads a
/// log, and tells its measures more often than usual, only while somebody watches; a stream ends
/// within a second when its viewer's right or its device is gone.
@org.jspecify.annotations.NullMarked
package muster.stream;
