package muster.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Lines of a log from a file on the real agent to one reader of server-sent events, while they are
/// written as fast as possible, 100 bytes each: `bench/run logs [SECONDS]`.
final class LogsBench {
  private static final String REST = "x".repeat(89);
  private static final int STAMP = 10;
  private static final long FIRST = 1_000_000_000L;

  /// How far the writer may be ahead, or the disk would be full soon: 100 MB.
  private static final long AHEAD = 1_000_000;

  private final Path work;
  private final int seconds;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();

  private LogsBench(Path work, int seconds) {
    this.work = work;
    this.seconds = seconds;
  }

  static void run(String[] args) throws Exception {
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    Path work = Files.createTempDirectory("muster-bench").toRealPath();
    try {
      new LogsBench(work, seconds).run();
    } finally {
      try (var files = Files.walk(work)) {
        for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void run() throws Exception {
    Machine.print("lines of a log, " + seconds + " s");
    Path log = Files.writeString(work.resolve("log"), "");
    try (OneAgent one = OneAgent.start(work)) {
      String path = "/api/agents/" + one.device() + "/stream/logs?source=file&tail=0&path=" + log;
      HttpResponse<InputStream> stream =
          one.http().send(one.request(path).build(), BodyHandlers.ofInputStream());
      Thread writer = Thread.ofPlatform().start(() -> write(log));
      long began = System.nanoTime();
      read(stream.body(), began);
      double lasted = (System.nanoTime() - began) / 1e9;
      over.set(true);
      writer.join();
      System.out.printf(
          "%,d lines/s read, %,d lines/s written meanwhile%n"
              + "resident: server %d MiB, agent %d MiB%n",
          Math.round(read.get() / lasted),
          Math.round(written.get() / lasted),
          one.serverMebibytes(),
          one.agentMebibytes());
    }
  }

  private void write(Path log) {
    try (BufferedWriter out =
        Files.newBufferedWriter(log, StandardCharsets.US_ASCII, StandardOpenOption.APPEND)) {
      for (long i = 0; !over.get(); i++) {
        while (i - read.get() > AHEAD && !over.get()) {
          Thread.sleep(1);
        }
        out.write(Long.toString(FIRST + i));
        out.write(REST);
        out.write('\n');
        written.set(i + 1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Each line must be the one after that before it, or the figure would be of something else.
  private void read(InputStream body, long began) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine();
          line != null && System.nanoTime() - began < seconds * 1_000_000_000L;
          line = lines.readLine()) {
        if (line.startsWith("event: ")) {
          throw new IOException(line + " " + lines.readLine());
        }
        if (line.startsWith("data: ")) {
          long expected = FIRST + read.get();
          if (Long.parseLong(line.substring(6, 6 + STAMP)) != expected) {
            throw new IOException(line + " (expected: " + expected + ")");
          }
          read.incrementAndGet();
        }
      }
    }
  }
}
