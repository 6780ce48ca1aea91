package muster.pairing;

/// What a machine shows to be let in. Never printed.
public sealed interface Proof {
  String text();

  /// The six digits that somebody typed.
  record Code(String text) implements Proof {
    @Override
    public String toString() {
      return "Code[…]";
    }
  }

  /// What the QR carries besides: 128 bits, good by itself.
  record Secret(String text) implements Proof {
    @Override
    public String toString() {
      return "Secret[…]";
    }
  }
}
