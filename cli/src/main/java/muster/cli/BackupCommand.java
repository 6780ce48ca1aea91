package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `muster backup`: everything the running server can't do without, in one file here.
@Command(
    name = "backup",
    header = "Save the running server's data and keys in a file.",
    description = {
      "",
      "The file holds the CA's private key and all credentials' hashes: whoever reads it owns the"
          + " installation. Only an owner gets one. Writes go on meanwhile.",
      "",
      "Without a running server:  muster backup [<file>] --data <dir>",
      "Check one completely:      muster backup --verify <file>",
      "Put one back:              muster restore <file> --data <dir>",
      ""
    },
    sortOptions = false)
final class BackupCommand implements Runnable {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  @Parameters(
      arity = "0..1",
      paramLabel = "<file>",
      description = "Where to; must not be there yet. Default: muster-backup-<time>.zip here.")
  private @Nullable Path file;

  private final Session session;

  BackupCommand(Session session) {
    this.session = session;
  }

  @Override
  public void run() {
    Path target =
        file == null
            ? Path.of("muster-backup-" + STAMP.format(session.terminal().now()) + ".zip")
            : file;
    if (Files.exists(target)) {
      throw new Failure(Exit.USAGE, target + " is there already; name another file");
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    JsonNode manifest;
    long size;
    try {
      try {
        fetch(part);
        manifest = check(part);
        size = Files.size(part);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (NoSuchFileException e) {
      throw new Failure(Exit.FAILURE, "cannot write " + target + ": no such directory", e);
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, "no backup was made: " + e.getMessage(), e);
    }
    ObjectNode answer = Json.object().put("file", target.toString()).put("bytes", size);
    answer.set("manifest", manifest);
    session
        .output()
        .facts(
            answer,
            () ->
                new Facts()
                    .add("File", Cell.of(target.toString()))
                    .add("Bytes", Cell.of(answer.path("bytes")))
                    .add("Made", Cell.time(manifest.path("at"), session.terminal().now()))
                    .add("Server version", Cell.of(manifest.path("version"))));
    session
        .output()
        .note("the file holds the server's secrets: keep it where only you can read it");
  }

  private void fetch(Path part) throws IOException {
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (InputStream in = session.api().download("/v1/backup");
        OutputStream out = Files.newOutputStream(part)) {
      in.transferTo(out);
    }
  }

  /// Compares what arrived with the manifest; the server looked at the store before it sent it.
  private static JsonNode check(Path part) throws IOException {
    try (ZipFile zip = new ZipFile(part.toFile())) {
      ZipEntry entry = zip.getEntry("manifest.json");
      if (entry == null) {
        throw new IOException("the server sent no manifest");
      }
      JsonNode manifest = Json.read(zip.getInputStream(entry).readAllBytes());
      for (JsonNode member : manifest.path("members")) {
        String name = Json.text(member, "name");
        ZipEntry there = zip.getEntry(name);
        if (there == null
            || !sha256(zip.getInputStream(there)).equals(Json.text(member, "sha256"))) {
          throw new IOException(name + " did not arrive as it was sent");
        }
      }
      if (manifest.path("members").isEmpty()) {
        throw new IOException("the server sent an empty backup");
      }
      return manifest;
    } catch (ZipException e) {
      throw new IOException("the file did not arrive whole", e);
    }
  }

  private static String sha256(InputStream from) throws IOException {
    try (DigestInputStream in = new DigestInputStream(from, MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
