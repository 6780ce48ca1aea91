package muster.cli;

import java.io.ByteArrayOutputStream;

/// Finds `~.` at the beginning of a line among what is typed: how one leaves a session that answers
/// no more. `~~` there is one `~`. As ssh does it. For one thread.
final class Escape {
  private enum State {
    LINE_START,
    TILDE,
    WITHIN
  }

  private State state = State.LINE_START;
  private boolean left;

  /// What of it is to be sent; nothing after the person has left.
  byte[] filter(byte[] keys, int length) {
    ByteArrayOutputStream sent = new ByteArrayOutputStream(length + 1);
    for (int i = 0; i < length && !left; i++) {
      filter(keys[i], sent);
    }
    return sent.toByteArray();
  }

  private void filter(byte key, ByteArrayOutputStream sent) {
    if (state == State.LINE_START && key == '~') {
      state = State.TILDE;
      return;
    }
    if (state == State.TILDE) {
      if (key == '.') {
        left = true;
        return;
      }
      if (key != '~') {
        sent.write('~');
      }
    }
    sent.write(key);
    state = key == '\r' || key == '\n' ? State.LINE_START : State.WITHIN;
  }

  boolean hasLeft() {
    return left;
  }
}
