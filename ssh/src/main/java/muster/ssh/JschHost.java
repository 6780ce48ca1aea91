package muster.ssh;

import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import muster.deploy.Limit;
import muster.deploy.SshHost;
import muster.deploy.Step;
import muster.fault.Fault;

/// One connection. What comes from the machine may make the library throw anything.
final class JschHost implements SshHost {
  private static final Duration POLL = Duration.ofMillis(20);

  private final Session session;
  private final Line line;

  JschHost(Session session, Line line) {
    this.session = session;
    this.line = line;
  }

  @Override
  public Ended run(Step step, String command, byte[] input, Limit limit) {
    if (limit.isOver()) {
      throw step.late(
          limit.isStopping().getAsBoolean() ? limit.reason() : "no time is left for it");
    }
    line.allow(limit);
    try {
      return ended(step, command, input, limit);
    } catch (Fault fault) {
      throw fault;
    } catch (JSchException | RuntimeException e) {
      throw limit.isOver() ? step.late(limit.reason()) : lost(step);
    } finally {
      line.release();
    }
  }

  private Ended ended(Step step, String command, byte[] input, Limit limit) throws JSchException {
    Head out = new Head();
    Head err = new Head();
    if (!(session.openChannel("exec") instanceof ChannelExec channel)) {
      throw lost(step);
    }
    try {
      channel.setCommand(command);
      channel.setInputStream(new ByteArrayInputStream(input));
      channel.setOutputStream(out);
      channel.setErrStream(err);
      open(channel, limit);
      // The library tells nobody of the end.
      while (!channel.isClosed()) {
        if (limit.isOver()) {
          throw step.late(limit.reason());
        }
        LockSupport.parkNanos(POLL.toNanos());
      }
      if (!session.isConnected()) {
        throw lost(step);
      }
      return new Ended(channel.getExitStatus(), out.text(), err.text());
    } finally {
      channel.disconnect();
    }
  }

  /// The library trips over a command that ends while it makes the thread that writes its input.
  private static void open(ChannelExec channel, Limit limit) throws JSchException {
    try {
      channel.connect((int) Math.max(1, limit.most().toMillis()));
    } catch (JSchException e) {
      if (!channel.isClosed() || channel.getExitStatus() < 0) {
        throw e;
      }
    }
  }

  private static Fault lost(Step step) {
    return step.failed("the connection was lost");
  }

  /// First the socket: the library would tell the machine, which may not read it.
  @Override
  public void close() {
    line.close();
    session.disconnect();
  }

  /// The beginning of what is written; the rest is dropped.
  private static final class Head extends ByteArrayOutputStream {
    private static final int MOST = 64 * 1024;

    @Override
    public synchronized void write(int one) {
      if (count < MOST) {
        super.write(one);
      }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      super.write(bytes, offset, Math.min(length, MOST - count));
    }

    private String text() {
      return toString(StandardCharsets.UTF_8);
    }
  }
}
