@org.jspecify.annotations.NullMarked
package muster.testkit;
