/// The one exception of the core. Each dialect maps [muster.fault.FaultCode] to its status and body
/// in one exhaustive switch.
@org.jspecify.annotations.NullMarked
package muster.fault;
