package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A reader of server-sent events as a browser reads them (WHATWG HTML, section 9.2.6).
final class Events implements AutoCloseable {
  /// Stands for the end of the stream.
  static final String END = "end of the stream";

  private static final int SECONDS = 30;

  /// @param name `message` when the event has none, `comment`, `retry` or [#END]
  record Event(String id, String name, String data) {}

  /// Of its own: that ends the connection at once, which closing a body does not.
  private final HttpClient http;

  private final HttpHeaders headers;
  private final InputStream body;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  private Events(HttpClient http, HttpResponse<InputStream> response) {
    this.http = http;
    headers = response.headers();
    body = response.body();
  }

  /// As an `EventSource` opens it: no header of its own but `Last-Event-ID`.
  static Events open(URI url, Map<String, String> headers) {
    Events events = unread(url, headers);
    Thread.ofVirtual().start(events::read);
    return events;
  }

  static Events open(URI url) {
    return open(url, Map.of());
  }

  /// Nothing is read from the connection before [#start].
  static Events unread(URI url, Map<String, String> headers) {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    HttpRequest.Builder request = HttpRequest.newBuilder(url);
    headers.forEach(request::header);
    try {
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      if (response.statusCode() != 200) {
        throw new AssertionError(
            response.statusCode()
                + " "
                + new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
      }
      return new Events(http, response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  Events start() {
    Thread.ofVirtual().start(this::read);
    return this;
  }

  private void read() {
    String id = "";
    String name = "message";
    List<String> data = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty()) {
          if (!data.isEmpty()) {
            events.add(new Event(id, name, String.join("\n", data)));
          }
          name = "message";
          data.clear();
        } else if (line.startsWith(":")) {
          events.add(new Event("", "comment", line.substring(1).strip()));
        } else if (line.startsWith("retry: ")) {
          events.add(new Event("", "retry", line.substring(7)));
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data.add(line.substring(6));
        }
      }
    } catch (IOException e) {
      // Ends the stream as an end does; what is missing shows in the test.
    }
    events.add(new Event("", END, ""));
  }

  String header(String name) {
    return headers.firstValue(name).orElse("");
  }

  /// The next one of any kind; fails after 30 s.
  Event nextOfAll() {
    try {
      Event event = events.poll(SECONDS, TimeUnit.SECONDS);
      assertThat(event).as("an event within 30 s").isNotNull();
      return event;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// The next one that is for the page.
  Event next() {
    Event event = nextOfAll();
    while (event.name().equals("comment") || event.name().equals("retry")) {
      event = nextOfAll();
    }
    return event;
  }

  /// The data of the next one, which is a line of a log.
  String line() {
    Event event = next();
    assertThat(event.name()).as(event.data()).isEqualTo("message");
    return event.data();
  }

  List<String> lines(int count) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add(line());
    }
    return lines;
  }

  /// The data of the last event but the end; what comes before it is passed over.
  Event last() {
    Event event = next();
    Event before = event;
    while (!event.name().equals(END)) {
      before = event;
      event = next();
    }
    return before;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
