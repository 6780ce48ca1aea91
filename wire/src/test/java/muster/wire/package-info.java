@org.jspecify.annotations.NullMarked
package muster.wire;
