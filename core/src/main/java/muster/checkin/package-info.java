/// Where all device protocols meet: what a device says of itself, its health and its commands, made
/// into calls of the features below. Adapters decode, call [muster.checkin.Checkins], encode.
@org.jspecify.annotations.NullMarked
package muster.checkin;
