/// The Agents page (F125–F139, F159), with the real agent as a process of its own and with devices
/// that do what a test tells them.
package muster.it.agents;
