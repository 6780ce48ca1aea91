package muster.agent.tool;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import muster.agent.host.TarArchive;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The tool `verify_backup`. What is wrong with the backup is its answer (`ok` false, `problem`),
/// and no failure of the tool.
final class BackupCheck {
  static final String SQLITE = "sqlite3";

  private static final byte[] SQLITE_MAGIC =
      "SQLite format 3\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final int BUFFER = 64 * 1024;

  private BackupCheck() {}

  static Job parse(JsonObject json) {
    Args args = new Args(json, "path", "verification_type", "expected");
    Path path = Paths.read(args);
    args.text("verification_type");
    String type = args.word("verification_type", "checksum", "restore_test", "db_integrity");
    Optional<String> expected = args.optText("expected");
    if (expected.isPresent() && !type.equals("checksum")) {
      throw new FieldException("args.expected", expected.get(), "only with checksum");
    }
    if (expected.filter(text -> !text.matches("[0-9a-fA-F]{64}")).isPresent()) {
      throw new FieldException("args.expected", expected.get(), "64 hexadecimal digits");
    }
    JsonObject head =
        JsonObject.builder().put("path", path.toString()).put("verification_type", type).build();
    return switch (type) {
      case "checksum" ->
          FileTools.reading(path, (desk, file) -> checksum(desk, file, head, expected));
      case "restore_test" -> FileTools.reading(path, (desk, file) -> restore(desk, file, head));
      default -> database(path, head);
    };
  }

  private static void checksum(
      Desk desk, SeekableByteChannel file, JsonObject head, Optional<String> expected)
      throws IOException, InterruptedException {
    String sum = FileTools.digest(file, "sha256");
    boolean ok = expected.map(text -> text.toLowerCase(Locale.ROOT).equals(sum)).orElse(true);
    desk.print(
        JsonObject.builder()
            .putAll(head)
            .put("ok", ok)
            .put("checksum", "sha256:" + sum)
            .put("compared", expected.isPresent())
            .put("size", file.size())
            .put("problem", ok ? Optional.empty() : Optional.of("it has another checksum"))
            .build());
  }

  private static void restore(Desk desk, SeekableByteChannel file, JsonObject head)
      throws IOException, InterruptedException {
    JsonObject.Builder told = JsonObject.builder().putAll(head);
    try {
      TarArchive.Summary summary = TarArchive.read(unpacked(file));
      told.put("ok", true).put("entries", summary.entries()).put("bytes", summary.bytes());
    } catch (FileSystemException | ClosedChannelException e) {
      throw e; // of the file, not of what is in it
    } catch (IOException e) {
      told.put("ok", false).put("problem", String.valueOf(e.getMessage()));
    }
    desk.print(told.build());
  }

  private static InputStream unpacked(SeekableByteChannel file) throws IOException {
    byte[] first = first(file, 2);
    InputStream in = new BufferedInputStream(Channels.newInputStream(file), BUFFER);
    boolean packed = first.length == 2 && (first[0] & 0xff) == 0x1f && (first[1] & 0xff) == 0x8b;
    return packed ? new BufferedInputStream(new GZIPInputStream(in, BUFFER), BUFFER) : in;
  }

  private static byte[] first(SeekableByteChannel file, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    int read = 0;
    while (buffer.hasRemaining() && read >= 0) {
      read = file.read(buffer);
    }
    file.position(0);
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /// The database's own program opens the file once more, by its real path, and only to read.
  private static Job database(Path path, JsonObject head) {
    return Job.of(
        policy -> policy.requirePath(Policy.Access.READ, path),
        desk -> {
          try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, desk.policy())) {
            try (SeekableByteChannel file = place.openRegular(path)) {
              if (!Arrays.equals(first(file, SQLITE_MAGIC.length), SQLITE_MAGIC)) {
                throw new IOException(path + ": not a database of SQLite");
              }
            }
            Printed checked =
                desk.run(
                    Program.of(
                        SQLITE,
                        "-batch",
                        "-init",
                        "/dev/null",
                        "-readonly",
                        uri(place.path()),
                        "PRAGMA integrity_check(20)"));
            desk.print(answer(head, checked));
          } catch (FileSystemException e) {
            throw Paths.told(path, e);
          }
        });
  }

  /// `immutable`: a backup has no journal beside it, and none is to be made.
  private static String uri(Path real) {
    return "file:" + real.toUri().getRawPath() + "?immutable=1";
  }

  private static JsonObject answer(JsonObject head, Printed checked) {
    boolean ok = checked.exitCode() == 0 && checked.out().strip().equals("ok");
    JsonObject.Builder told = JsonObject.builder().putAll(head).put("ok", ok);
    if (!ok) {
      String why = checked.out().isBlank() ? checked.err().strip() : checked.out().strip();
      told.put("problem", why.length() > 2000 ? why.substring(0, 2000) : why);
    }
    return told.build();
  }
}
