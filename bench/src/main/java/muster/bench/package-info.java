/// Measurements of the whole product, each beside a bare reference in the same run. Start with
/// [muster.bench.Bench]; `bench/run` builds and runs it, `bench/RESULTS.md` keeps what it printed.
@org.jspecify.annotations.NullMarked
package muster.bench;
