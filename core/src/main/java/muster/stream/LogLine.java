package muster.stream;

/// A line as a device sent it, or an entry of its journal.
///
/// @param cursor names the place behind it; opaque, printable ASCII without spaces
/// @param text may have line ends within, and any control character
/// @param cutBytes how many bytes are left out at its end
public record LogLine(String cursor, String text, long cutBytes) {}
