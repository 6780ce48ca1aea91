/// Who tests the tests: every check on rights is disarmed once, in the bodies of the methods of a
/// running program, and the tests of rights are run. A check that none of them misses is a check
/// that could be lost unnoticed.
///
/// Start with [muster.it.mutation.ChecksAreTestedTest], and `it/mutation`, which runs it;
/// [muster.it.mutation.Mutants] knows what a check is. A mutation tool off the shelf (PIT) stops at
/// the module's border, and most of these checks show in HTTP only.
@org.jspecify.annotations.NullMarked
package muster.it.mutation;
