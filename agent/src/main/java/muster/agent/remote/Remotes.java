package muster.agent.remote;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.pty.Size;
import muster.agent.pty.Terminals;
import muster.wire.RemoteStart;
import muster.wire.RpcError;

/// Opens channels as the server asks and the device's policy allows. Thread-safe.
public final class Remotes {
  /// More than the server opens on one device.
  private static final int MOST = 260;

  private static final Duration LOOK = Duration.ofSeconds(15);
  private static final Duration SILENCE = Duration.ofSeconds(45);
  private static final int STOP_MILLIS = 2_000;
  private static final int STOP_LOOK_MILLIS = 20;

  private final HttpClient http;
  private final Function<String, URI> addresses;
  private final String token;
  private final Supplier<Policy> policy;
  private final Terminals terminals;
  private final Log log;
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private final Semaphore free = new Semaphore(MOST);
  private volatile boolean stopped;

  /// Hears what became of an order, once, on a thread of this class.
  public interface Answer {
    void accepted();

    void refused(RpcError why);
  }

  /// @param addresses of the server, by path and query
  /// @param token the device's secret
  /// @param timer for pings
  public Remotes(
      HttpClient http,
      Function<String, URI> addresses,
      String token,
      Supplier<Policy> policy,
      Terminals terminals,
      ScheduledExecutorService timer,
      Log log) {
    this.http = http;
    this.addresses = addresses;
    this.token = token;
    this.policy = policy;
    this.terminals = terminals;
    this.log = log;
    timer.scheduleWithFixedDelay(
        () -> open.forEach(channel -> channel.look(SILENCE)),
        LOOK.toMillis(),
        LOOK.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /// Does as ordered, on a thread of its own.
  public void start(RemoteStart order, Answer answer) {
    Threads.start("remote", () -> open(order, answer));
  }

  private void open(RemoteStart order, Answer answer) {
    if (stopped || !free.tryAcquire()) {
      answer.refused(new RpcError(RpcError.BUSY, "too many remote sessions"));
      return;
    }
    String name = order.sessionId() + " (" + order.kind() + ")";
    try {
      InetSocketAddress target = permitted(order);
      if (order.channel().isEmpty()) {
        answer.accepted();
        return;
      }
      Outlet outlet =
          order.isTerminal()
              ? new TerminalOutlet(
                  terminals, terminals.open(new Size(order.size().cols(), order.size().rows())))
              : TcpOutlet.connect(target);
      log.info(name + " begins");
      carry(new Channel(name, outlet, log), order.channel().get(), answer);
      log.info(name + " has ended");
    } catch (DeniedException e) {
      answer.refused(new RpcError(RpcError.DENIED, Log.reason(e)));
    } catch (IOException e) {
      answer.refused(new RpcError(RpcError.INTERNAL_ERROR, Log.reason(e)));
    } catch (RuntimeException e) {
      log.error(name + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      free.release();
    }
  }

  /// Where a tunnel may lead; unresolved and of no use for a terminal.
  private InetSocketAddress permitted(RemoteStart order) throws IOException {
    if (order.isTerminal()) {
      policy.get().requireTerminal(terminals.shell());
      return InetSocketAddress.createUnresolved("terminal", 0);
    }
    String host = order.host().orElseThrow();
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IOException(host + ": unknown host", e);
    }
    policy.get().requireForward(host, address, order.port());
    return new InetSocketAddress(address, order.port());
  }

  private void carry(Channel channel, String name, Answer answer) throws InterruptedException {
    String path = "/device/remote?channel=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    open.add(channel);
    try {
      if (stopped) {
        channel.stop();
      }
      answer.accepted();
      channel.run(() -> Tunnel.connect(http, addresses.apply(path), token));
    } finally {
      try {
        channel.clear();
      } finally {
        open.remove(channel);
      }
    }
  }

  /// Ends all: their programs have 2 s to go. No more are opened.
  public void stopAll() throws InterruptedException {
    stopped = true;
    open.forEach(Channel::stop);
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_MILLIS);
    while (!open.isEmpty() && System.nanoTime() - deadline < 0) {
      Thread.sleep(STOP_LOOK_MILLIS);
    }
    open.forEach(Channel::kill);
  }
}
