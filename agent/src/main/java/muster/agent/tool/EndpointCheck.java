package muster.agent.tool;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The tool `endpoint_check`: whether a web server answers, with what status and how fast. It does
/// not go where the answer points.
record EndpointCheck(HttpRequest request, long seconds) implements Job {
  static EndpointCheck parse(JsonObject json) {
    Args args = new Args(json, "url", "method", "timeout");
    String text = args.text("url");
    URI url =
        HttpUrl.parse(text)
            .orElseThrow(() -> new FieldException("args.url", text, HttpUrl.EXPECTED));
    String method = args.word("method", "GET", "HEAD");
    return new EndpointCheck(
        new HttpRequest(method, url, Map.of(), new byte[0], 0), args.number("timeout", 1, 30, 10));
  }

  @Override
  public void check(Policy policy) {
    request.check(policy);
  }

  @Override
  public void run(Desk desk) throws IOException {
    TimeLimit limit = new TimeLimit();
    Executor later = CompletableFuture.delayedExecutor(seconds, TimeUnit.SECONDS);
    CompletableFuture<Void> end = CompletableFuture.runAsync(limit::close, later);
    HttpConnection.Means means = HttpConnection.Means.of(desk);
    long began = System.nanoTime();
    HttpAnswer answer;
    try {
      answer =
          request.ask(
              desk,
              new HttpConnection.Means(
                  means.most(),
                  means.tls(),
                  socket -> {
                    desk.onStop(socket);
                    limit.add(socket);
                  }));
    } catch (IOException e) {
      if (limit.isOver()) {
        throw new IOException(request.url() + ": no answer within " + seconds + " s", e);
      }
      throw e;
    } finally {
      end.cancel(false);
    }
    desk.print(
        JsonObject.builder()
            .put("url", request.url().toString())
            .put("method", request.method())
            .put("status", answer.status())
            .put("ok", answer.status() < 400)
            .put("duration_ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
            .put("location", answer.header("location"))
            .build());
  }

  /// Closes what is opened until then, and what is opened later at once.
  private static final class TimeLimit {
    private final List<Closeable> opened = new ArrayList<>();
    private boolean over;

    private synchronized void add(Closeable resource) {
      if (over) {
        close(resource);
      }
      opened.add(resource);
    }

    private synchronized void close() {
      over = true;
      opened.forEach(TimeLimit::close);
    }

    private synchronized boolean isOver() {
      return over;
    }

    private static void close(Closeable resource) {
      try {
        resource.close();
      } catch (IOException e) {
        // It is of no use any more either way.
      }
    }
  }
}
