@org.jspecify.annotations.NullMarked
package muster.server;
