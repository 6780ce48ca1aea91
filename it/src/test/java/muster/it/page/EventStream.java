package muster.it.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import muster.testkit.TestMuster;

/// A reader of server-sent events. Nothing is read from the connection before [#start()].
public final class EventStream implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// One event; the kind `end` stands for the end of the stream.
  public record Event(String id, String kind, String data) {
    public JsonNode json() {
      try {
        return JSON.readTree(data);
      } catch (JsonProcessingException e) {
        throw new AssertionError(data, e);
      }
    }
  }

  private final InputStream body;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  private EventStream(InputStream body) {
    this.body = body;
  }

  /// Of a command's output.
  public static EventStream open(TestMuster muster, String command, Optional<Long> lastEventId) {
    return at(muster, "/v1/commands/" + command + "/output", lastEventId);
  }

  public static EventStream at(TestMuster muster, String path, Optional<Long> lastEventId) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(muster.url().resolve(path))
            .header("Authorization", "Bearer " + muster.adminKey());
    lastEventId.ifPresent(id -> request.header("Last-Event-ID", Long.toString(id)));
    try {
      HttpResponse<InputStream> response =
          HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      return new EventStream(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public static EventStream follow(TestMuster muster, String command) {
    return open(muster, command, Optional.empty()).start();
  }

  public EventStream start() {
    Thread.ofVirtual().start(this::read);
    return this;
  }

  private void read() {
    String id = "";
    String kind = "";
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          kind = line.substring(7);
        } else if (line.startsWith("data: ")) {
          events.add(new Event(id, kind, line.substring(6)));
          id = "";
        }
      }
    } catch (IOException e) {
      // Ends the stream like an end does; what is missing shows in the test.
    }
    events.add(new Event("", "end", "{}"));
  }

  public Event next() {
    try {
      Event event = events.poll(60, TimeUnit.SECONDS);
      assertThat(event).as("an event within 60 s").isNotNull();
      return event;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// The next output event's number; other kinds are passed over.
  public long nextOutput() {
    Event event = next();
    while (event.kind().equals("status")) {
      event = next();
    }
    assertThat(event.kind()).isEqualTo("output");
    return Long.parseLong(event.id());
  }

  public String nextStatus() {
    Event event = next();
    assertThat(event.kind()).as(event.data()).isEqualTo("status");
    return event.json().path("status").asText();
  }

  public boolean isQuiet() {
    return events.isEmpty();
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
