package muster.testkit.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import muster.agent.exec.Launcher;
import muster.agent.exec.Order;
import muster.agent.exec.Spool;
import muster.agent.journal.ProcessMark;
import muster.wire.Channel;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// A machine whose processes are only pretended. It remembers the truth: what was started how often
/// and how it ended. It outlives the agent.
final class SimulatedHost {
  /// What truly became of one execution; of its last run, when it was run again.
  static final class Truth {
    int starts;
    final List<String> output = new ArrayList<>();

    /// As the agent was told, which may have died of it.
    Optional<ToolResult> end = Optional.empty();

    private void begin() {
      starts++;
      output.clear();
      end = Optional.empty();
    }
  }

  private static final Duration LONGEST_STEP = Duration.ofSeconds(4);

  private final Timeline time;
  private final Map<String, Truth> truths = new LinkedHashMap<>();

  SimulatedHost(Timeline time) {
    this.time = time;
  }

  Optional<Truth> truth(String executionId) {
    return Optional.ofNullable(truths.get(executionId));
  }

  /// The launcher of one run of the agent.
  ///
  /// @param agent does something as that run of the agent, if it is still alive
  Launcher launcher(Consumer<Runnable> agent) {
    return new Launcher() {
      @Override
      public Running start(Order order, Spool spool, Observer observer) {
        ToolExecute request = order.request();
        Truth truth = truths.computeIfAbsent(request.executionId(), any -> new Truth());
        truth.begin();
        time.note("    the host starts %s", time.name(request.executionId()));
        Pretended process = new Pretended(request, spool, observer, agent, truth);
        process.goOn();
        time.after(
            Duration.ofSeconds(request.timeoutSeconds()),
            () -> agent.accept(() -> process.end(ToolStatus.TIMED_OUT)));
        return process;
      }

      @Override
      public boolean kill(ProcessMark mark) {
        return false;
      }
    };
  }

  private final class Pretended implements Launcher.Running {
    private final ToolExecute request;
    private final Spool spool;
    private final Launcher.Observer observer;
    private final Consumer<Runnable> agent;
    private final Truth truth;

    private Pretended(
        ToolExecute request,
        Spool spool,
        Launcher.Observer observer,
        Consumer<Runnable> agent,
        Truth truth) {
      this.request = request;
      this.spool = spool;
      this.observer = observer;
      this.agent = agent;
      this.truth = truth;
    }

    private void goOn() {
      time.after(time.upTo(LONGEST_STEP), () -> agent.accept(this::step));
    }

    private void step() {
      if (truth.end.isPresent()) {
        return;
      }
      if (time.chance(40)) {
        print("line " + (truth.output.size() + 1));
        goOn();
      } else if (time.chance(85)) {
        end(ToolStatus.COMPLETED);
      } else {
        goOn();
      }
    }

    private void print(String text) {
      try {
        spool.append(
            ToolOutput.text(
                request.executionId(), request.attempt(), spool.count() + 1, Channel.STDOUT, text));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      truth.output.add(text);
      observer.grown();
    }

    private void end(ToolStatus how) {
      if (truth.end.isPresent()) {
        return;
      }
      boolean exited = how == ToolStatus.COMPLETED;
      ToolResult result =
          new ToolResult(
              request.executionId(),
              request.attempt(),
              how,
              exited ? OptionalInt.of(time.random().nextInt(4)) : OptionalInt.empty(),
              Optional.empty(),
              5,
              false);
      truth.end = Optional.of(result);
      time.note("    %s ends: %s", time.name(request.executionId()), how);
      observer.ended(result);
    }

    @Override
    public void stop(ToolStatus why) {
      time.after(time.upTo(LONGEST_STEP), () -> agent.accept(() -> end(why)));
    }
  }
}
