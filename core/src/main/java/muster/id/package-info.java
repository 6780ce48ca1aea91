@org.jspecify.annotations.NullMarked
package muster.id;
