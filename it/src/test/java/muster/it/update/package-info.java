/// The files that updates are made of (F103, F104): by fleetd's streams in every protocol, by plain
/// HTTP, in pieces, and with a server that is killed meanwhile.
package muster.it.update;
