package muster.simulator;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/// One line that says how the fleet is: rewritten every second on a terminal, one every ten seconds
/// elsewhere. A thread of its own.
final class StatusLine implements AutoCloseable {
  private static final int ELSEWHERE_SECONDS = 10;

  private final Totals totals;
  private final long expected;
  private final PrintStream out;
  private final boolean terminal;
  private final long beganNanos = System.nanoTime();
  private final Thread thread;
  private long heartbeats;
  private long commands;
  private long connects;

  StatusLine(Totals totals, long expected, PrintStream out, boolean terminal) {
    this.totals = totals;
    this.expected = expected;
    this.out = out;
    this.terminal = terminal;
    this.thread = Thread.ofVirtual().name("status").start(this::run);
  }

  private void run() {
    int step = terminal ? 1 : ELSEWHERE_SECONDS;
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(step);
        out.print((terminal ? "\r\u001b[K" : "") + line(step) + (terminal ? "" : "\n"));
        out.flush();
      }
    } catch (InterruptedException e) {
      if (terminal) {
        out.println();
      }
    }
  }

  /// Something to say in between, on lines of its own.
  void note(String text) {
    out.println((terminal ? "\r\u001b[K" : "") + text);
  }

  private String line(int seconds) {
    long beats = totals.heartbeats();
    long done = totals.acknowledged();
    long opened = totals.connects();
    long clock = (System.nanoTime() - beganNanos) / 1_000_000_000;
    String text =
        "%02d:%02d  %,d of %,d connected   %,d heartbeats/s   %,d commands/s   %,d connects/s"
            .formatted(
                clock / 60,
                clock % 60,
                totals.connected(),
                expected,
                (beats - heartbeats) / seconds,
                (done - commands) / seconds,
                (opened - connects) / seconds);
    heartbeats = beats;
    commands = done;
    connects = opened;
    return totals.turnedAway() > 0
        ? text + "   %,d turned away".formatted(totals.turnedAway())
        : text;
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
