/// Trading an enrolment token or a pairing code for a device credential, once.
@org.jspecify.annotations.NullMarked
package muster.agent.enroll;
