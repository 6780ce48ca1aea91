/// What each port promises, as tests. An implementation is done when it passes: extend the suite,
/// say which store to test, and run it. Each test gets a store with nothing in it.
@org.jspecify.annotations.NullMarked
package muster.testkit.contract;
