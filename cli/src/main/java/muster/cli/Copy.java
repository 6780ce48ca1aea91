package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One file on its way. Used by one thread, but for [#cancel], which interrupts it.
final class Copy {
  private static final Duration LOOK = Duration.ofMillis(250);

  private final Session session;
  private final Thread thread = Thread.currentThread();
  private volatile Optional<String> transfer = Optional.empty();
  private volatile boolean cancelled;

  Copy(Session session) {
    this.session = session;
  }

  /// Ctrl-C.
  void cancel() {
    cancelled = true;
    transfer.ifPresent(this::drop);
    thread.interrupt();
  }

  boolean isCancelled() {
    return cancelled;
  }

  /// There is nothing to cancel any more.
  void over() {
    transfer = Optional.empty();
    Thread.interrupted();
  }

  private void drop(String id) {
    try {
      session.api().delete(path(id));
    } catch (ApiException | Failure e) {
      session.output().note("not cancelled: " + e.getMessage());
    }
  }

  private static String path(String id) {
    return "/v1/transfers/" + Query.encoded(id);
  }

  /// Sends a file and waits until the device has it.
  ///
  /// @param size -1 when it is not known
  /// @throws InterruptedException by [#cancel]
  JsonNode send(
      InputStream in,
      long size,
      JsonNode device,
      String path,
      @Nullable String mode,
      boolean noWait)
      throws InterruptedException {
    JsonNode made;
    String sent;
    try (Progress progress = new Progress(session.terminal(), "to the server")) {
      String to =
          "/v1/devices/"
              + Query.encoded(Json.text(device, "id"))
              + "/files"
              + new Query().add("path", path).add("mode", mode);
      UploadStream content = new UploadStream(in, size, progress);
      made = upload(to, content, size);
      sent = content.checksum();
    }
    transfer = Optional.of(Json.text(made, "id"));
    if (!sent.equals(Json.text(made, "checksum"))) {
      drop(Json.text(made, "id"));
      throw new Failure(Exit.FAILURE, "the server did not get what was sent; nothing was changed");
    }
    return noWait ? made : await(made, device, "to ", patience(made, device));
  }

  private JsonNode upload(String to, UploadStream content, long size) {
    try {
      return session.api().upload(to, () -> content, size);
    } catch (Failure e) {
      throw content.hasShrunk()
          ? new Failure(
              Exit.FAILURE, "the file became shorter while it was sent; nothing was changed", e)
          : e;
    }
  }

  private Patience patience(JsonNode made, JsonNode device) {
    return new Patience(
        session.terminal(),
        "%s is still there: muster transfers %s"
            .formatted(Json.text(made, "id"), Json.text(device, "name")));
  }

  /// Fetches a file.
  ///
  /// @param piped to stdout and not to `local`
  /// @throws InterruptedException by [#cancel]
  JsonNode fetch(JsonNode device, String path, Path local, boolean piped)
      throws IOException, InterruptedException {
    JsonNode made =
        session
            .api()
            .post(
                "/v1/devices/" + Query.encoded(Json.text(device, "id")) + "/transfers",
                Json.object().put("direction", "download").put("path", path));
    String id = Json.text(made, "id");
    transfer = Optional.of(id);
    Patience patience = patience(made, device);
    JsonNode ended = await(made, device, "from ", patience);
    if (piped) {
      take(ended, session.terminal().out(), patience);
      session.terminal().out().flush();
    } else {
      try (PartFile part = new PartFile(local)) {
        try (OutputStream out = part.open()) {
          take(ended, out, patience);
        }
        part.takePlace();
      }
    }
    // It has arrived: the server need not keep it.
    session.api().delete(path(id));
    return ended;
  }

  private void take(JsonNode ended, OutputStream out, Patience patience)
      throws InterruptedException {
    String content = path(Json.text(ended, "id")) + "/content";
    long size = ended.path("size_bytes").asLong();
    try (Progress progress = new Progress(session.terminal(), "from the server")) {
      String checksum =
          new Download(session.api(), content, size, Download.SILENCE).to(out, progress, patience);
      if (!checksum.equals(Json.text(ended, "checksum"))) {
        throw new Failure(Exit.FAILURE, "what arrived is not what was sent");
      }
    }
  }

  private JsonNode await(JsonNode made, JsonNode device, String way, Patience patience)
      throws InterruptedException {
    String name = Json.text(device, "name");
    if (!Json.text(device, "status").equals("online")) {
      session.output().note(name + " is offline; waiting for it (Ctrl-C cancels)");
    }
    try (Progress progress = new Progress(session.terminal(), way + name)) {
      String one = path(Json.text(made, "id")) + (progress.isShown() ? "" : "?wait=5");
      JsonNode shown = made;
      while (shown.path("finished_at").isNull()) {
        progress.at(shown.path("bytes_done").asLong(), shown.path("size_bytes").asLong(-1));
        shown = patience.until(() -> session.api().get(one));
        if (progress.isShown() && shown.path("finished_at").isNull()) {
          session.terminal().sleep(LOOK);
        }
      }
      return ended(shown);
    }
  }

  private static JsonNode ended(JsonNode transfer) {
    String error = Json.text(transfer, "error");
    return switch (Json.text(transfer, "status")) {
      case "completed" -> transfer;
      case "cancelled" -> throw new Failure(Exit.CANCELLED, error);
      default -> throw new Failure(Exit.FAILURE, error);
    };
  }
}
