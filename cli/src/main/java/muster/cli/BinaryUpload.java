package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One file on its way to become a binary. The server is told its SHA-256 first, so that the same
/// begun again goes on, and what is there already is not sent. Used by one thread.
final class BinaryUpload {
  private static final int PIECE = 64 * 1024;

  private final Session session;
  private final Api api;
  private final Path file;
  private final Label label;
  private final Patience patience;

  record Label(
      String name,
      String version,
      String platform,
      @Nullable String architecture,
      @Nullable String contentType,
      @Nullable String signature,
      Map<String, String> metadata) {}

  BinaryUpload(Session session, Path file, Label label) {
    this.session = session;
    this.api = session.api();
    this.file = file;
    this.label = label;
    this.patience =
        new Patience(
            session.terminal(), "what has been sent stays for 24 h: run the same again to go on");
  }

  /// @return the binary
  JsonNode run() throws IOException, InterruptedException {
    long size = Files.size(file);
    String checksum = checksum(size);
    Optional<JsonNode> there = sameAsThis(checksum);
    if (there.isPresent()) {
      session.output().note("it is there already");
      return there.get();
    }
    JsonNode upload = api.post("/v1/uploads", body(size, checksum));
    String path = "/v1/uploads/" + Query.encoded(Json.text(upload, "id"));
    try (Progress progress = new Progress(session.terminal(), "to the server")) {
      long offset = upload.path("offset").asLong();
      while (offset < size) {
        offset = patience.until(() -> connection(path, size, progress));
      }
    }
    return patience.until(() -> ended(path, checksum));
  }

  private String checksum(long size) throws IOException {
    Checksum checksum = new Checksum();
    byte[] piece = new byte[PIECE];
    long done = 0;
    try (InputStream in = Files.newInputStream(file);
        Progress progress = new Progress(session.terminal(), "reading")) {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        checksum.add(piece, 0, n);
        done += n;
        progress.at(done, size);
      }
    }
    return checksum.text();
  }

  private Optional<JsonNode> sameAsThis(String checksum) {
    JsonNode found =
        api.list("/v1/binaries", new Query().add("name", label.name()), "binaries", 1000);
    for (JsonNode binary : found.path("binaries")) {
      String architecture = label.architecture() == null ? "" : label.architecture();
      if (Json.text(binary, "checksum").equals(checksum)
          && Json.text(binary, "version").equals(label.version())
          && Json.text(binary, "platform").equals(label.platform())
          && Json.text(binary, "architecture").equals(architecture)
          && binary.path("available").asBoolean()) {
        return Optional.of(binary);
      }
    }
    return Optional.empty();
  }

  private ObjectNode body(long size, String checksum) {
    ObjectNode body =
        Json.object()
            .put("name", label.name())
            .put("version", label.version())
            .put("platform", label.platform())
            .put("size_bytes", size)
            .put("checksum", checksum);
    add(body, "architecture", label.architecture());
    add(body, "content_type", label.contentType());
    add(body, "signature", label.signature());
    ObjectNode metadata = body.putObject("metadata");
    label.metadata().forEach(metadata::put);
    return body;
  }

  private static void add(ObjectNode body, String field, @Nullable String value) {
    if (value != null) {
      body.put(field, value);
    }
  }

  /// Sends what the server has not, over one connection.
  ///
  /// @return how far it is now
  /// @throws Failure or [ApiException] when nothing came of it
  private long connection(String path, long size, Progress progress) {
    long before = offset(path);
    if (before == size) {
      return size;
    }
    try (FileChannel channel = FileChannel.open(file);
        InputStream rest = Channels.newInputStream(channel.position(before));
        UploadStream content = new UploadStream(rest, before, size, progress)) {
      return send(path, before, content, size);
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private long send(String path, long before, UploadStream content, long size) {
    try {
      return api.upload(path + new Query().add("offset", before), () -> content, size - before)
          .path("offset")
          .asLong();
    } catch (ApiException | Failure e) {
      if (content.hasShrunk()) {
        throw new Failure(Exit.FAILURE, "the file became shorter while it was sent", e);
      }
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      long now = offset(path);
      if (now == before) {
        throw e;
      }
      return now;
    }
  }

  private long offset(String path) {
    return api.get(path).path("offset").asLong();
  }

  /// One whose answer was lost is no upload any more, but a binary.
  private JsonNode ended(String path, String checksum) {
    try {
      return api.post(path + "/end", Json.object());
    } catch (ApiException e) {
      if (e.status() != 404) {
        throw e;
      }
      return sameAsThis(checksum).orElseThrow(() -> e);
    }
  }
}
