/// What devices measured, over time: samples as they came for days, and what they come to in five
/// minutes and in an hour for months.
@org.jspecify.annotations.NullMarked
package muster.telemetry;
