package muster.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// A backup's file: a zip of the members and, last, `manifest.json` with the size and SHA-256 of
/// each. A file that was cut off has no directory at its end and is not opened.
final class Archive {
  static final int FORMAT = 1;
  static final String STORE = "store/muster.db";

  private static final String MANIFEST = "manifest.json";
  private static final Pattern MEMBER = Pattern.compile("store/muster\\.db|tls/[a-z]+\\.(key|pem)");
  private static final int MAX_MANIFEST = 1 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private Archive() {}

  /// @param at when the store was copied, RFC 3339
  /// @param version of the server that made it
  record Manifest(int format, String at, String version, List<Member> members) {}

  record Member(String name, long size, String sha256) {}

  /// Writes the files of `directory`, which are laid out as the members are named.
  static Manifest write(OutputStream out, Path directory, String at, String version)
      throws IOException {
    List<Member> members = new ArrayList<>();
    ZipOutputStream zip = new ZipOutputStream(out);
    // A store is mostly text; the fastest level takes most of what there is to take.
    zip.setLevel(Deflater.BEST_SPEED);
    for (Map.Entry<String, Path> file : files(directory).entrySet()) {
      zip.putNextEntry(new ZipEntry(file.getKey()));
      members.add(copy(file.getKey(), Files.newInputStream(file.getValue()), zip, Long.MAX_VALUE));
      zip.closeEntry();
    }
    Manifest manifest = new Manifest(FORMAT, at, version, members);
    zip.putNextEntry(new ZipEntry(MANIFEST));
    zip.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
    zip.closeEntry();
    zip.finish();
    zip.flush();
    return manifest;
  }

  private static Map<String, Path> files(Path directory) throws IOException {
    Map<String, Path> files = new TreeMap<>(Comparator.naturalOrder());
    try (var walk = Files.walk(directory)) {
      walk.filter(Files::isRegularFile)
          .forEach(file -> files.put(directory.relativize(file).toString(), file));
    }
    files.keySet().removeIf(name -> !MEMBER.matcher(name).matches());
    return files;
  }

  private static Member copy(String name, InputStream from, OutputStream to, long atMost)
      throws IOException {
    MessageDigest digest = sha256();
    try (DigestInputStream in = new DigestInputStream(from, digest)) {
      byte[] buffer = new byte[64 * 1024];
      long size = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        size += n;
        if (size > atMost) {
          throw new ZipException(name + " is larger than its manifest says");
        }
        to.write(buffer, 0, n);
      }
      return new Member(name, size, HexFormat.of().formatHex(digest.digest()));
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Unpacks every member into `directory`, readable by the owner only, comparing it with the
  /// manifest on the way.
  ///
  /// @throws Fault INVALID_ARGUMENT for a file that is no backup, is cut off or was changed
  static Manifest extract(Path file, Path directory) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Manifest manifest = manifest(zip, file);
      for (Member member : manifest.members) {
        if (!MEMBER.matcher(member.name).matches()) {
          throw unusable(file, "a member named " + member.name);
        }
        Path target = directory.resolve(member.name);
        Files.createDirectories(
            target.resolveSibling(""),
            PosixFilePermissions.asFileAttribute(DataDirectory.OWNER_ONLY));
        if (!member.equals(unpack(zip, member, target))) {
          throw unusable(file, member.name + " is not what was written");
        }
      }
      if (manifest.members.stream().noneMatch(member -> member.name.equals(STORE))) {
        throw unusable(file, "there is no store in it");
      }
      if (zip.size() != manifest.members.size() + 1) {
        throw unusable(file, "there is more in it than its manifest says");
      }
      return manifest;
    } catch (ZipException | EOFException e) {
      throw unusable(file, String.valueOf(e.getMessage()));
    }
  }

  private static Member unpack(ZipFile zip, Member member, Path target) throws IOException {
    ZipEntry entry = zip.getEntry(member.name);
    if (entry == null) {
      throw new ZipException(member.name + " is missing");
    }
    Files.createFile(
        target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (OutputStream out = Files.newOutputStream(target)) {
      return copy(member.name, zip.getInputStream(entry), out, member.size);
    }
  }

  private static Manifest manifest(ZipFile zip, Path file) throws IOException {
    ZipEntry entry = zip.getEntry(MANIFEST);
    if (entry == null) {
      throw unusable(file, "there is no manifest in it");
    }
    try (InputStream in = zip.getInputStream(entry)) {
      Manifest manifest = JSON.readValue(in.readNBytes(MAX_MANIFEST), Manifest.class);
      if (manifest.format != FORMAT || manifest.members == null || manifest.at == null) {
        throw unusable(file, "format %d (expected: %d)".formatted(manifest.format, FORMAT));
      }
      return manifest;
    } catch (JsonProcessingException e) {
      throw unusable(file, "its manifest can't be read");
    }
  }

  static Fault unusable(Path file, String why) {
    return new Fault(
        FaultCode.INVALID_ARGUMENT,
        "%s: %s (expected: a file made by muster backup)".formatted(file, why));
  }
}
