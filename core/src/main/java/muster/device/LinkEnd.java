package muster.device;

import java.util.Locale;

/// Why a device's link ended.
public enum LinkEnd {
  /// The device closed it on purpose.
  GOODBYE("said goodbye"),
  /// It was there no more: reset, closed in the middle, unreadable.
  BROKEN("the connection broke"),
  /// The network said nothing, and neither did the device: a half-open connection.
  SILENT("nothing was heard for 45 s"),
  /// A newer connection of the same device took its place.
  REPLACED("replaced by a newer connection"),
  /// The server ended it, as the credential was dead.
  CUT("its credential was revoked"),
  /// The server stopped, planned or not.
  RESTART("the server restarted");

  private final String sentence;

  LinkEnd(String sentence) {
    this.sentence = sentence;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static LinkEnd ofWord(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /// For people.
  public String sentence() {
    return sentence;
  }
}
