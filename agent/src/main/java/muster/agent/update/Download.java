package muster.agent.update;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import muster.agent.hash.Sha256;
import muster.agent.log.Log;
import muster.agent.net.RetryAfter;
import muster.agent.net.ServerAddress;
import muster.agent.policy.Policy;
import muster.agent.state.DurableFile;
import muster.agent.tool.UpdateRequest;
import muster.agent.transfer.WatchedStream;

/// Fetches a file, goes on where it was cut off, also after a restart, and lets nothing pass whose
/// hash or length is another. Its own server gets the device's credential; nobody else does. Safe
/// for use by several threads; blocks.
final class Download {
  private static final int MOST_REDIRECTS = 5;
  private static final int LONGEST_TAG = 256;
  private static final int PIECE = 64 * 1024;
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /// What is left free beside the file.
  private static final long RESERVE = 32L << 20;

  private final Supplier<HttpClient> ownClients;
  private final Supplier<HttpClient> otherClients;
  private final ServerAddress server;
  private final String authToken;
  private final ScheduledExecutorService timer;
  private final Duration patience;

  /// @param ownClients makes clients that trust the server as the agent does
  /// @param otherClients makes clients that trust as the system does
  /// @param timer notices when nothing comes any more
  /// @param patience how long not a byte may come, over all tries
  Download(
      Supplier<HttpClient> ownClients,
      Supplier<HttpClient> otherClients,
      ServerAddress server,
      String authToken,
      ScheduledExecutorService timer,
      Duration patience) {
    this.ownClients = ownClients;
    this.otherClients = otherClients;
    this.server = server;
    this.authToken = authToken;
    this.timer = timer;
    this.patience = patience;
  }

  /// Brings what the request names to `file`. What is there already is not fetched again.
  ///
  /// @param received hears how many bytes there are
  void fetch(UpdateRequest request, Path file, Policy policy, LongConsumer received)
      throws IOException, InterruptedException {
    if (Files.exists(file) && hash(file).equals(request.sha256())) {
      return;
    }
    requireRoom(request, file);
    Part part = new Part(file, request);
    HttpClient client = (request.isOwn() ? ownClients : otherClients).get();
    long lastByte = System.nanoTime();
    Duration pause = Duration.ofSeconds(1);
    while (part.length() < request.sizeBytes()) {
      long before = part.length();
      String problem;
      Duration wait = pause;
      try {
        problem = "the connection was cut";
        wait = go(client, request, part, policy, received).orElse(pause);
      } catch (UpdateException e) {
        throw e;
      } catch (IOException e) {
        problem = Log.reason(e);
      }
      if (part.length() > before) {
        lastByte = System.nanoTime();
        pause = Duration.ofSeconds(1);
      } else if (System.nanoTime() - lastByte > patience.toNanos()) {
        throw new UpdateException(
            part.length() == 0 ? Reason.UNREACHABLE : Reason.STALLED,
            request.url() + ": nothing came for " + patience.toSeconds() + " s: " + problem);
      } else {
        pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
      }
      if (part.length() < request.sizeBytes()) {
        Thread.sleep(shorter(wait, LONGEST_PAUSE).toMillis());
      }
    }
    finish(part, request, file);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static void requireRoom(UpdateRequest request, Path file) throws IOException {
    long free = Files.getFileStore(directory(file)).getUsableSpace();
    if (free - RESERVE < request.sizeBytes()) {
      throw new UpdateException(
          Reason.DISK_FULL,
          "size_bytes: "
              + request.sizeBytes()
              + " (expected: room for it beside "
              + (RESERVE >> 20)
              + " MiB; "
              + (free >> 20)
              + " MiB are free)");
    }
  }

  private static Path directory(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + ": has no directory");
    }
    return parent;
  }

  private static void finish(Part part, UpdateRequest request, Path file) throws IOException {
    DurableFile.force(part.path());
    String hash = hash(part.path());
    if (!hash.equals(request.sha256())) {
      part.drop();
      throw new UpdateException(
          Reason.CHECKSUM_MISMATCH,
          "sha256:" + hash + " (expected: sha256:" + request.sha256() + ")");
    }
    Files.move(part.path(), file, StandardCopyOption.ATOMIC_MOVE);
    part.drop();
    DurableFile.syncDirectory(directory(file));
  }

  static String hash(Path file) throws IOException {
    MessageDigest digest = Sha256.digest();
    byte[] buffer = new byte[PIECE];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// One try.
  ///
  /// @return how long to wait before the next, when the other side said so
  private Optional<Duration> go(
      HttpClient client, UpdateRequest request, Part part, Policy policy, LongConsumer received)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> response = answer(client, request, part, policy);
    int status = response.statusCode();
    if (status == 429 || status == 503) {
      response.body().close();
      return RetryAfter.of(response.headers());
    }
    if (status >= 500) {
      response.body().close();
      throw new IOException("the server answers " + status);
    }
    if (status == 416) {
      response.body().close();
      part.drop();
      return Optional.empty();
    }
    if (status != 200 && status != 206) {
      response.body().close();
      throw new UpdateException(
          Reason.HTTP_STATUS,
          request.url() + ": the server answers " + status + " (expected: 200)");
    }
    part.follow(response);
    try (InputStream body = new WatchedStream(response.body(), timer);
        FileChannel out = part.open()) {
      byte[] buffer = new byte[PIECE];
      for (int read = body.read(buffer, 0, PIECE); read >= 0; read = body.read(buffer, 0, PIECE)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        part.append(out, buffer, read);
        received.accept(part.length());
      }
    }
    return Optional.empty();
  }

  private HttpResponse<InputStream> answer(
      HttpClient client, UpdateRequest request, Part part, Policy policy)
      throws IOException, InterruptedException {
    URI url = request.isOwn() ? server.http(request.url().toString()) : request.url();
    for (int redirects = 0; ; redirects++) {
      if (!request.isOwn()) {
        requireAllowed(policy, url);
      }
      HttpRequest.Builder asked = HttpRequest.newBuilder(url).timeout(ANSWER).GET();
      if (request.isOwn()) {
        asked.header("Authorization", "Bearer " + authToken);
      }
      part.resume(asked);
      HttpResponse<InputStream> response = client.send(asked.build(), BodyHandlers.ofInputStream());
      Optional<String> location = response.headers().firstValue("location");
      boolean moved = response.statusCode() / 100 == 3 && location.isPresent();
      if (!moved || request.isOwn()) {
        return response;
      }
      response.body().close();
      url = next(url, location.get(), redirects);
    }
  }

  private static URI next(URI url, String location, int redirects) throws UpdateException {
    if (redirects == MOST_REDIRECTS) {
      throw new UpdateException(
          Reason.HTTP_STATUS, url + ": more than " + MOST_REDIRECTS + " redirects");
    }
    URI next;
    try {
      next = url.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new UpdateException(Reason.HTTP_STATUS, url + ": redirects to " + location);
    }
    boolean web = "https".equals(next.getScheme()) || "http".equals(next.getScheme());
    boolean weaker = "https".equals(url.getScheme()) && !"https".equals(next.getScheme());
    if (!web || weaker || next.getHost() == null) {
      throw new UpdateException(
          Reason.HTTP_STATUS, url + ": redirects to " + next + " (expected: https)");
    }
    return next;
  }

  private static void requireAllowed(Policy policy, URI url) throws IOException {
    int port = url.getPort() >= 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
    policy.requireHttpHost(url.getHost(), port);
    for (InetAddress address : InetAddress.getAllByName(url.getHost())) {
      policy.requireHttpAddress(url.getHost(), address, port);
    }
  }

  /// The file as far as it has come, and which version of it that is.
  private static final class Part {
    private final Path path;
    private final Path tag;
    private final UpdateRequest request;
    private long length;

    Part(Path file, UpdateRequest request) throws IOException {
      path = file.resolveSibling(file.getFileName() + ".part");
      tag = file.resolveSibling(file.getFileName() + ".etag");
      this.request = request;
      length = Files.exists(path) ? Files.size(path) : 0;
      if (length > request.sizeBytes()
          || length == request.sizeBytes() && !hash(path).equals(request.sha256())) {
        drop();
      }
    }

    Path path() {
      return path;
    }

    long length() {
      return length;
    }

    /// Asks for the rest, when there is a beginning of which the version is known.
    void resume(HttpRequest.Builder asked) throws IOException {
      if (length > 0 && Files.exists(tag)) {
        asked.header("Range", "bytes=" + length + "-");
        asked.header("If-Range", Files.readString(tag));
      }
    }

    /// The answer begins.
    void follow(HttpResponse<?> response) throws IOException {
      boolean partial = response.statusCode() == 206;
      boolean fits =
          response
              .headers()
              .firstValue("content-range")
              .filter(range -> range.startsWith("bytes " + length + "-"))
              .isPresent();
      if (!partial || !fits) {
        drop();
      }
      if (partial && !fits) {
        throw new IOException("the server sends another part than was asked for");
      }
      Optional<String> strong =
          response
              .headers()
              .firstValue("etag")
              .filter(text -> text.startsWith("\"") && text.length() < LONGEST_TAG);
      if (strong.isPresent()) {
        Files.writeString(tag, strong.get());
      } else {
        Files.deleteIfExists(tag);
      }
    }

    FileChannel open() throws IOException {
      return FileChannel.open(
          path,
          Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
          DurableFile.PRIVATE);
    }

    void append(FileChannel out, byte[] bytes, int count) throws IOException {
      if (length + count > request.sizeBytes()) {
        drop();
        throw new UpdateException(
            Reason.TOO_LONG, "more came than size_bytes: " + request.sizeBytes());
      }
      try {
        out.write(ByteBuffer.wrap(bytes, 0, count));
      } catch (IOException e) {
        throw new UpdateException(Reason.of(e), path + ": " + Log.reason(e));
      }
      length += count;
    }

    void drop() throws IOException {
      Files.deleteIfExists(path);
      Files.deleteIfExists(tag);
      length = 0;
    }
  }
}
