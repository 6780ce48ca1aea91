package muster.agent.tool;

import java.util.Map;
import java.util.Optional;

/// A web server's answer.
///
/// @param headers names in lower case; several of a name are joined with commas, cookies with line
///   breaks
/// @param truncated whether the body is longer than what is here of it
record HttpAnswer(int status, Map<String, String> headers, byte[] body, boolean truncated) {
  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return "HttpAnswer[" + status + ", " + body.length + " bytes]";
  }
}
