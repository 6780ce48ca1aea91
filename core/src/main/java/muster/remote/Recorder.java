package muster.remote;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import muster.link.Elapsed;

/// Writes down what a terminal shows and how large its window is; never what is typed, since that
/// holds passwords. One thread calls [#output], any [#resize] and [#close]; what comes after that
/// is not kept.
final class Recorder {
  /// Of one recording; what comes after is not kept.
  static final long MOST_BYTES = 64L << 20;

  private final RecordingStore.Tape tape;
  private final Elapsed elapsed;
  private final long startedNanos;
  private final AtomicReference<Optional<String>> newSize = new AtomicReference<>(Optional.empty());
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /// The beginning of a character whose rest has not come.
  private byte[] rest = {};

  private long written;

  Recorder(RecordingStore.Tape tape, Elapsed elapsed, String header) {
    this.tape = tape;
    this.elapsed = elapsed;
    this.startedNanos = elapsed.nanos();
    try {
      tape.write(header);
    } catch (RuntimeException e) {
      tape.close();
      throw e;
    }
  }

  void resize(int cols, int rows) {
    newSize.set(Optional.of(cols + "x" + rows));
  }

  void output(byte[] bytes) {
    if (written >= MOST_BYTES) {
      return;
    }
    newSize.getAndSet(Optional.empty()).ifPresent(size -> write('r', size));
    String text = decoded(bytes);
    if (!text.isEmpty()) {
      write('o', text);
    }
    if (written >= MOST_BYTES) {
      write('m', "cut: a recording has at most 64 MiB");
    }
  }

  private void write(char kind, String text) {
    String line = Asciicast.event(elapsed.nanos() - startedNanos, kind, text);
    tape.write(line);
    written += line.getBytes(StandardCharsets.UTF_8).length;
  }

  private String decoded(byte[] bytes) {
    ByteBuffer in = ByteBuffer.allocate(rest.length + bytes.length).put(rest).put(bytes).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining());
    decoder.decode(in, out, false);
    rest = new byte[in.remaining()];
    in.get(rest);
    return out.flip().toString();
  }

  void close() {
    tape.close();
  }
}
