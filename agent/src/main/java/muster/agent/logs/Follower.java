package muster.agent.logs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.wire.FieldException;
import muster.wire.LogLines;
import muster.wire.LogsEnded;
import muster.wire.LogsFollow;
import muster.wire.Methods;
import muster.wire.Rpc;
import muster.wire.RpcError;
import muster.wire.RpcException;
import org.jspecify.annotations.Nullable;

/// Reads one log, a frame ahead of the link. [#run] on a thread of its own; the rest by any. The
/// lock is this object; nothing is read or called while it is held.
final class Follower implements Runnable {
  /// Of lines in a frame, without what stands around them.
  private static final int FRAME = 60 * 1024;

  private static final int AROUND = 48;

  /// So long after a frame that was not full the next one is begun, or a log of many short lines
  /// would be as many frames.
  private static final int PAUSE_MILLIS = 20;

  private final LogsFollow order;
  private final LogSources sources;
  private final Followers.Answer answer;
  private final Runnable ready;
  private final Log log;
  private LogLines.@Nullable Line held;
  private @Nullable String frame;
  private @Nullable LogSource source;
  private @Nullable Thread thread;
  private boolean stopped;

  /// @param ready hears that there is a frame
  Follower(LogsFollow order, LogSources sources, Followers.Answer answer, Runnable ready, Log log) {
    this.order = order;
    this.sources = sources;
    this.answer = answer;
    this.ready = ready;
    this.log = log;
  }

  @Override
  public void run() {
    if (!begin()) {
      return;
    }
    String what = "log of " + order.unit().or(order::path).orElse("the journal");
    try (LogSource opened = sources.open(order)) {
      if (!reads(opened)) {
        return;
      }
      answer.accepted();
      log.info(what + " is followed");
      follow(opened);
    } catch (DeniedException e) {
      refuseOrEnd(RpcError.DENIED, e);
    } catch (RpcException e) {
      refuseOrEnd(e.error().code(), e);
    } catch (FieldException e) {
      refuseOrEnd(RpcError.INVALID_PARAMS, e);
    } catch (IOException e) {
      refuseOrEnd(LogSources.code(e), e);
    } catch (RuntimeException | Error e) {
      // A mistake of ours; who watches shall not wait for lines that don't come.
      log.error(what + ": " + e);
      refuseOrEnd(RpcError.INTERNAL_ERROR, e);
    } catch (InterruptedException e) {
      // It was stopped.
    }
  }

  private synchronized boolean begin() {
    thread = Thread.currentThread();
    return !stopped;
  }

  private synchronized boolean reads(LogSource opened) {
    source = opened;
    return !stopped;
  }

  private void refuseOrEnd(int code, Throwable problem) {
    boolean began;
    synchronized (this) {
      if (stopped) {
        return;
      }
      began = source != null;
    }
    String why = Log.reason(problem);
    if (!began) {
      answer.refused(new RpcError(code, why));
      return;
    }
    try {
      LogsEnded ended = new LogsEnded(order.followId(), Optional.of(why));
      hand(new Rpc.Notification(Methods.LOGS_ENDED, ended.toJson()).format());
    } catch (InterruptedException e) {
      // It was stopped.
    }
  }

  private void follow(LogSource opened) throws IOException, InterruptedException {
    boolean gap = opened.gap();
    boolean told = false;
    while (true) {
      List<LogLines.Line> lines = new ArrayList<>();
      boolean full = hasFilled(lines, opened);
      boolean caughtUp = !told && !full && opened.caughtUp();
      if (lines.isEmpty() && !caughtUp && !gap) {
        opened.await();
        continue;
      }
      LogLines message = new LogLines(order.followId(), lines, gap, caughtUp);
      hand(new Rpc.Notification(Methods.LOGS_LINES, message.toJson()).format());
      gap = false;
      told |= caughtUp;
      if (!full) {
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  /// Takes what there is; true when there is more than a frame of it.
  private boolean hasFilled(List<LogLines.Line> lines, LogSource opened) throws IOException {
    int size = 0;
    while (true) {
      if (held == null) {
        held = opened.next().orElse(null);
      }
      LogLines.Line line = held;
      if (line == null) {
        return false;
      }
      size += LineText.spelled(line.text()) + line.cursor().length() + AROUND;
      if (size > FRAME && !lines.isEmpty()) {
        return true;
      }
      lines.add(line);
      held = null;
    }
  }

  /// Returns when the link has taken it.
  private void hand(String text) throws InterruptedException {
    synchronized (this) {
      frame = stopped ? null : text;
    }
    ready.run();
    synchronized (this) {
      while (frame != null) {
        wait();
      }
      if (stopped) {
        throw new InterruptedException("stopped");
      }
    }
  }

  /// The frame that is ready, if one is.
  synchronized Optional<String> take() {
    Optional<String> taken = Optional.ofNullable(frame);
    frame = null;
    notifyAll();
    return taken;
  }

  /// Nobody wants it any more. Returns at once.
  void stop() {
    LogSource open;
    synchronized (this) {
      stopped = true;
      frame = null;
      open = source;
      if (thread != null) {
        thread.interrupt();
      }
      notifyAll();
    }
    if (open != null) {
      open.close();
    }
  }
}
