package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One file on its way. Used by one thread, but for [#cancel], which interrupts it.
final class Copy {
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final int PIECE = 64 * 1024;
  private static final int TRIES = 5;

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

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String checksum(MessageDigest digest) {
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }

  /// Sends a file and waits until the device has it.
  ///
  /// @param size -1 when it is not known
  JsonNode send(
      InputStream in,
      long size,
      JsonNode device,
      String path,
      @Nullable String mode,
      boolean noWait) {
    String name = Json.text(device, "name");
    MessageDigest digest = sha256();
    JsonNode made;
    try (Progress progress = new Progress(session.terminal(), "to the server")) {
      String to =
          "/v1/devices/"
              + Query.encoded(Json.text(device, "id"))
              + "/files"
              + new Query().add("path", path).add("mode", mode);
      made = session.api().upload(to, () -> new Counted(in, digest, size, progress), size);
    }
    transfer = Optional.of(Json.text(made, "id"));
    if (!checksum(digest).equals(Json.text(made, "checksum"))) {
      drop(Json.text(made, "id"));
      throw new Failure(Exit.FAILURE, "the server did not get what was sent; nothing was changed");
    }
    return noWait ? made : await(made, device, "to " + name);
  }

  /// Fetches a file.
  ///
  /// @param piped to stdout and not to `local`
  JsonNode fetch(JsonNode device, String path, Path local, boolean piped) throws IOException {
    JsonNode made =
        session
            .api()
            .post(
                "/v1/devices/" + Query.encoded(Json.text(device, "id")) + "/transfers",
                Json.object().put("direction", "download").put("path", path));
    String id = Json.text(made, "id");
    transfer = Optional.of(id);
    JsonNode ended = await(made, device, "from " + Json.text(device, "name"));
    if (piped) {
      take(ended, session.terminal().out());
      session.terminal().out().flush();
    } else {
      Path part = local.resolveSibling(local.getFileName() + ".part");
      try {
        try (OutputStream out =
            Files.newOutputStream(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
          take(ended, out);
        }
        Files.move(part, local, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    }
    // It has arrived: the server need not keep it.
    session.api().delete(path(id));
    return ended;
  }

  private void take(JsonNode ended, OutputStream out) throws IOException {
    long size = ended.path("size_bytes").asLong();
    MessageDigest digest = sha256();
    byte[] piece = new byte[PIECE];
    long done = 0;
    int tries = 0;
    try (Progress progress = new Progress(session.terminal(), "from the server")) {
      while (done < size) {
        long before = done;
        IOException problem = new IOException("the server sent less than the file has");
        try (InputStream in =
            session.api().content(path(Json.text(ended, "id")) + "/content", done)) {
          for (int n = in.read(piece); n >= 0 && done + n <= size; n = in.read(piece)) {
            out.write(piece, 0, n);
            digest.update(piece, 0, n);
            done += n;
            progress.at(done, size);
          }
        } catch (IOException e) {
          problem = e;
        }
        tries = done > before ? 0 : tries + 1;
        if (cancelled || tries == TRIES) {
          throw gaveUp(problem);
        }
      }
    }
    if (!checksum(digest).equals(Json.text(ended, "checksum"))) {
      throw new Failure(Exit.FAILURE, "what arrived is not what was sent");
    }
  }

  private Failure gaveUp(IOException e) {
    return cancelled ? new Failure(Exit.CANCELLED, "cancelled", e) : session.api().unreachable(e);
  }

  private JsonNode await(JsonNode made, JsonNode device, String what) {
    String id = Json.text(made, "id");
    if (!Json.text(device, "status").equals("online")) {
      session
          .output()
          .note(Json.text(device, "name") + " is offline; waiting for it (Ctrl-C cancels)");
    }
    try (Progress progress = new Progress(session.terminal(), what)) {
      JsonNode shown = made;
      while (shown.path("finished_at").isNull()) {
        progress.at(shown.path("bytes_done").asLong(), shown.path("size_bytes").asLong(-1));
        shown = session.api().get(path(id) + (progress.isShown() ? "" : "?wait=5"));
        if (progress.isShown() && shown.path("finished_at").isNull()) {
          session.terminal().sleep(LOOK);
        }
      }
      return ended(shown);
    } catch (InterruptedException e) {
      throw new Failure(Exit.CANCELLED, "cancelled", e);
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

  /// What is read of it is counted, hashed and shown.
  private static final class Counted extends FilterInputStream {
    private final MessageDigest digest;
    private final long size;
    private final Progress progress;
    private long done;

    private Counted(InputStream in, MessageDigest digest, long size, Progress progress) {
      super(in);
      this.digest = digest;
      this.size = size;
      this.progress = progress;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      int read = in.read(bytes, from, count);
      if (read > 0) {
        digest.update(bytes, from, read);
        done += read;
        progress.at(done, size);
      }
      return read;
    }
  }
}
