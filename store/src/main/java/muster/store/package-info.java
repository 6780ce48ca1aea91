@org.jspecify.annotations.NullMarked
package muster.store;
