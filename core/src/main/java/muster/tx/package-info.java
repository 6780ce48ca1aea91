/// One write transaction over all stores: the port that lets a feature change a device, write its
/// audit row and emit its event so that either all are there or none is.
@org.jspecify.annotations.NullMarked
package muster.tx;
