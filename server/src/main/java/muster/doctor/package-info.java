/// What an operator should know about before it hurts: checks of a data directory and of a running
/// server, each with what to do. Start with [muster.doctor.Examination].
@org.jspecify.annotations.NullMarked
package muster.doctor;
