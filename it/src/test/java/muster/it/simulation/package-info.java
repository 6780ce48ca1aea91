/// Histories of the simulated fleet.
@org.jspecify.annotations.NullMarked
package muster.it.simulation;
