package muster.it.update;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import muster.blob.Checksum;
import muster.testkit.TestClient;
import muster.testkit.TestReply;

/// What people do with binaries in these tests, in a word each.
final class Story {
  static final Map<String, String> BYTES = Map.of("Content-Type", "application/octet-stream");

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private Story() {}

  static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  static String checksum(byte[] bytes) {
    return Checksum.of(bytes).text();
  }

  /// A name that no other file has.
  static String name() {
    return "firmware-" + NUMBER.incrementAndGet() + ".bin";
  }

  static TestReply post(TestClient who, String name, byte[] content, Map<String, String> headers) {
    return who.sendBytes(
        "POST",
        "/v1/binaries?version=2.0.0&platform=raspberry-pi&name=" + name,
        Optional.of(content),
        headers);
  }

  static String upload(TestClient who, String name, byte[] content) {
    return post(who, name, content, BYTES).expect(201).text("id");
  }

  static Map<String, Object> label(String name, long size) {
    return Map.of("name", name, "version", "2.0.0", "platform", "raspberry-pi", "size_bytes", size);
  }

  static TestReply put(TestClient who, String upload, long offset, byte[] piece) {
    return who.sendBytes(
        "PUT", "/v1/uploads/" + upload + "?offset=" + offset, Optional.of(piece), BYTES);
  }

  static byte[] content(TestClient who, String id) {
    return who.get("/v1/binaries/" + id + "/content").expect(200).bytes();
  }

  /// The names of all files in which contents are.
  static List<String> files(Path data) {
    try (Stream<Path> files = Files.list(data.resolve("server/binaries"))) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
