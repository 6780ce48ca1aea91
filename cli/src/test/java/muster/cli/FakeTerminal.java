package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Surroundings that a test makes up: captured streams, a clock that only sleeping moves, Ctrl-C by
/// a call.
final class FakeTerminal implements Terminal {
  final Map<String, String> env = new HashMap<>();
  final Deque<String> passwords = new ArrayDeque<>();
  final List<Duration> sleeps = new ArrayList<>();
  boolean inTerminal;
  boolean outTerminal;
  boolean wentRaw;
  int width = 200;
  Instant now = Instant.parse("2026-04-15T14:33:00Z");

  /// Called before each sleep; throws to end it.
  Sleeper beforeSleep = () -> {};

  private final ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
  private PrintStream out = new PrintStream(outBytes, false, UTF_8);
  private final PrintStream err = new PrintStream(errBytes, true, UTF_8);
  private InputStream in = InputStream.nullInputStream();
  private volatile @Nullable Runnable interrupt;

  interface Sleeper {
    void run() throws InterruptedException;
  }

  FakeTerminal type(String input) {
    return type(input.getBytes(UTF_8));
  }

  FakeTerminal type(byte[] input) {
    in = new ByteArrayInputStream(input);
    return this;
  }

  FakeTerminal asTerminal(int columns) {
    outTerminal = true;
    width = columns;
    return this;
  }

  void stdout(PrintStream other) {
    out = other;
  }

  void ctrlC() {
    Runnable action = interrupt;
    if (action == null) {
      throw new IllegalStateException("nobody waits for Ctrl-C");
    }
    action.run();
  }

  /// Presses it on another thread, as a signal would.
  Thread ctrlCSoon() {
    return Thread.ofVirtual().start(this::ctrlC);
  }

  String outText() {
    return outBytes.toString(UTF_8);
  }

  byte[] outBytes() {
    return outBytes.toByteArray();
  }

  String errText() {
    return errBytes.toString(UTF_8);
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public PrintStream out() {
    return out;
  }

  @Override
  public PrintStream err() {
    return err;
  }

  @Override
  public Optional<String> env(String name) {
    return Optional.ofNullable(env.get(name));
  }

  @Override
  public boolean inIsTerminal() {
    return inTerminal;
  }

  @Override
  public boolean outIsTerminal() {
    return outTerminal;
  }

  @Override
  public boolean errIsTerminal() {
    return outTerminal;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public Screen screen() {
    return new FakeScreen();
  }

  private final class FakeScreen implements Screen {
    @Override
    public int cols() {
      return width;
    }

    @Override
    public int rows() {
      return 24;
    }

    @Override
    public void raw() {
      wentRaw = true;
    }

    @Override
    public void onResize(Runnable action) {}

    @Override
    public void close() {}
  }

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public void sleep(Duration pause) throws InterruptedException {
    beforeSleep.run();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    sleeps.add(pause);
    now = now.plus(pause);
  }

  @Override
  public void onInterrupt(Runnable action) {
    interrupt = action;
  }

  @Override
  public Optional<String> readPassword(String prompt) {
    err.print(prompt);
    return Optional.ofNullable(passwords.poll());
  }
}
