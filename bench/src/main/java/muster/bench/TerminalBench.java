package muster.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// From a key pressed by a person to its echo from the terminal of the real agent, by way of the
/// server: `bench/run terminal [KEYS]`. The keys come one after the other.
final class TerminalBench {
  private static final int WARM_UP = 200;

  private final WebSocket socket;
  private final BlockingQueue<Long> arrivals;

  private TerminalBench(WebSocket socket, BlockingQueue<Long> arrivals) {
    this.socket = socket;
    this.arrivals = arrivals;
  }

  static void run(int keys) throws Exception {
    Machine.print("bench/run terminal " + keys);
    Path work = Files.createTempDirectory("muster-bench");
    try (OneAgent one = OneAgent.start(work)) {
      String start = "/api/devices/" + one.device() + "/remote/start";
      String url = one.call("POST", start, "{}").path("url").asText();
      BlockingQueue<Long> arrivals = new LinkedBlockingQueue<>();
      WebSocket socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create(one.url().toString().replace("http", "ws") + url),
                  new Arrivals(arrivals))
              .get(10, TimeUnit.SECONDS);
      TerminalBench bench = new TerminalBench(socket, arrivals);
      // A program that echoes and does nothing else: the tty's own echo is what is measured.
      bench.type("exec cat\r");
      TimeUnit.SECONDS.sleep(1);
      bench.measure(WARM_UP);
      Load.Figures figures = Load.Figures.of(bench.measure(keys), 1);
      FleetRun.print(
          "key to echo",
          "p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, %d keys one after the other",
          figures.p50Millis(),
          figures.p95Millis(),
          figures.p99Millis(),
          keys);
      socket.abort();
    }
  }

  private long[] measure(int keys) throws Exception {
    long[] nanos = new long[keys];
    for (int i = 0; i < keys; i++) {
      arrivals.clear();
      long pressed = System.nanoTime();
      type("x");
      Long seen = arrivals.poll(10, TimeUnit.SECONDS);
      if (seen == null) {
        throw new IOException("no echo within 10 s");
      }
      nanos[i] = seen - pressed;
      if (i % 50 == 49) {
        type("\r");
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    return nanos;
  }

  private void type(String keys) {
    socket.sendBinary(ByteBuffer.wrap(keys.getBytes(StandardCharsets.UTF_8)), true).join();
  }

  private record Arrivals(BlockingQueue<Long> times) implements WebSocket.Listener {
    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
      times.add(System.nanoTime());
      return WebSocket.Listener.super.onBinary(from, data, last);
    }
  }
}
