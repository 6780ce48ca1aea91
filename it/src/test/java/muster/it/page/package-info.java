/// What tests of published pages share: a shell for their commands, the shape of their examples,
/// and which rows of the contract have tests.
@NullMarked
package muster.it.page;

import org.jspecify.annotations.NullMarked;
