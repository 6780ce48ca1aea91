/// Remote sessions (F051, F052), with the real agent as a process of its own and with devices that
/// do what a test tells them.
package muster.it.remote;
