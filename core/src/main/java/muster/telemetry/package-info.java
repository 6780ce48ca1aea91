/// What devices measured, over time: samples as they came, for days, and what those of many devices
/// come to in an interval.
@org.jspecify.annotations.NullMarked
package muster.telemetry;
