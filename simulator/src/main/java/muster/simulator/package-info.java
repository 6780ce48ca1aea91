/// A fleet of virtual devices that speak the device protocol over real sockets, tens of thousands
/// from one process. Start with [muster.simulator.Simulation], which puts the parts together;
/// [muster.simulator.VirtualDevice] is one device, [muster.simulator.Main] the program.
///
/// What each device truly did is kept in its [muster.simulator.Truth]; [muster.simulator.Check]
/// holds what the server says against it.
///
/// Invariants: a device lives on one event loop and is touched by it alone; nothing on an event
/// loop blocks; the same seed makes the same machines, which fail, answer and drift alike.
@org.jspecify.annotations.NullMarked
package muster.simulator;
