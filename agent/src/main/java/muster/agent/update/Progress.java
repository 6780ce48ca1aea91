package muster.agent.update;

import muster.agent.tool.Desk;
import muster.wire.JsonObject;

/// Tells how far an installation is, a few times a second at most.
final class Progress {
  private static final long PAUSE_NANOS = 500_000_000;
  private static final int ALL = 100;

  private final Desk desk;
  private int percent = -1;
  private long told;

  Progress(Desk desk) {
    this.desk = desk;
  }

  void at(String step) {
    desk.print(JsonObject.builder().put("step", step).put("percent", 0).build());
    percent = 0;
    told = System.nanoTime();
  }

  void at(String step, long done, long all) {
    int now = (int) (ALL * done / Math.max(1, all));
    if (now > percent && (now == ALL || System.nanoTime() - told > PAUSE_NANOS)) {
      percent = now;
      told = System.nanoTime();
      desk.print(JsonObject.builder().put("step", step).put("percent", now).build());
    }
  }
}
