/// Trading an enrolment token for a device credential, once.
@org.jspecify.annotations.NullMarked
package muster.agent.enroll;
