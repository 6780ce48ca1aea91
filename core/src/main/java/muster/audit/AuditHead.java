package muster.audit;

import muster.fault.Fault;

/// The last row of a log as it stood once: its number and its hash, written `17:9f86…`. Whoever has
/// noted one can tell later whether rows were removed from the end or the log was written anew. An
/// empty log has the number 0 and no hash.
public record AuditHead(long seq, String hash) {
  public static final AuditHead EMPTY = new AuditHead(0, "");

  /// @throws Fault INVALID_ARGUMENT
  public static AuditHead parse(String text) {
    int colon = text.indexOf(':');
    String hash = text.substring(colon + 1);
    try {
      if (colon > 0 && hash.matches("[0-9a-f]{64}")) {
        long seq = Long.parseLong(text.substring(0, colon));
        if (seq > 0) {
          return new AuditHead(seq, hash);
        }
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw Fault.invalid("head", text, "<seq>:<hash>, as audit verify prints it");
  }

  @Override
  public String toString() {
    return seq + ":" + hash;
  }
}
