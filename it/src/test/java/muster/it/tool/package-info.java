/// The tools of devices: what is accepted for them, what the real agent does, what its policy says.
@org.jspecify.annotations.NullMarked
package muster.it.tool;
