package muster.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/// A closed loop of HTTP/1.1 requests over kept connections to a loopback port, one thread each.
/// Cheap on purpose: it shares the processors with what it measures.
final class Load {
  private final int port;
  private final int connections;
  private final String token;

  Load(int port, int connections, String token) {
    this.port = port;
    this.connections = connections;
    this.token = token;
  }

  /// @param perSecond answers a second
  record Figures(double perSecond, double p50Millis, double p95Millis, double p99Millis) {
    static Figures of(long[] nanos, double seconds) {
      long[] sorted = nanos.clone();
      Arrays.sort(sorted);
      return new Figures(
          sorted.length / seconds, at(sorted, 0.50), at(sorted, 0.95), at(sorted, 0.99));
    }

    private static double at(long[] sorted, double share) {
      return sorted.length == 0
          ? Double.NaN
          : sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * share))] / 1e6;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,9.0f/s   p50 %7.2f ms   p95 %7.2f ms   p99 %7.2f ms",
          perSecond,
          p50Millis,
          p95Millis,
          p99Millis);
    }
  }

  /// Warms up, then measures.
  ///
  /// @param path of the n-th request of a connection
  Figures run(IntFunction<String> path, Duration warmUp, Duration measured) {
    IntFunction<byte[]> get =
        n ->
            ("GET "
                    + path.apply(n)
                    + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + token
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    once(get, warmUp);
    return once(get, measured);
  }

  /// @param request the n-th of a connection, as it is sent
  Figures once(IntFunction<byte[]> request, Duration length) {
    long end = System.nanoTime() + length.toNanos();
    List<long[]> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      int first = i * 7919;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                long[] nanos = loop(request, first, end);
                synchronized (all) {
                  all.add(nanos);
                }
              }));
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    long[] merged = all.stream().flatMapToLong(Arrays::stream).toArray();
    return Figures.of(merged, length.toNanos() / 1e9);
  }

  private long[] loop(IntFunction<byte[]> requests, int first, long end) {
    long[] nanos = new long[1 << 16];
    int count = 0;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      OutputStream out = socket.getOutputStream();
      for (int n = first; System.nanoTime() < end; n++) {
        byte[] request = requests.apply(n);
        long start = System.nanoTime();
        out.write(request);
        readAnswer(in);
        if (count == nanos.length) {
          nanos = Arrays.copyOf(nanos, count * 2);
        }
        nanos[count++] = System.nanoTime() - start;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Arrays.copyOf(nanos, count);
  }

  private static void readAnswer(InputStream in) throws IOException {
    int length = -1;
    String status = line(in);
    if (!status.matches("HTTP/1.1 20[06] .*")) {
      throw new IOException("answer: " + status);
    }
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
        length = Integer.parseInt(header.substring(15).strip());
      }
    }
    if (length < 0) {
      throw new IOException("no Content-Length");
    }
    in.skipNBytes(length);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("cut off");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
