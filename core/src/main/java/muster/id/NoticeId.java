package muster.id;

import java.util.Optional;

/// Names what one webhook is told of one event, however often it is sent: `msg_…`.
public record NoticeId(String value) {
  public NoticeId {
    if (!value.matches("msg_[a-z0-9]{1,32}")) {
      throw new IllegalArgumentException("notice id: expected msg_ and characters of a-z 0-9");
    }
  }

  public static NoticeId random() {
    return new NoticeId(RandomIds.next("msg"));
  }

  /// The id that a text is; empty for what can't be one.
  public static Optional<NoticeId> of(String text) {
    try {
      return Optional.of(new NoticeId(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
