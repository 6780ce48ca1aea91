@org.jspecify.annotations.NullMarked
package muster.cli;
