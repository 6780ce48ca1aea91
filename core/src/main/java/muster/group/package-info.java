/// Groups: named sets of devices that somebody put together by hand.
@org.jspecify.annotations.NullMarked
package muster.group;
