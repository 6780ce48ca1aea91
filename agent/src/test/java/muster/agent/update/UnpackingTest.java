package muster.agent.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackingTest {
  private static final long LIMIT = 1 << 20;

  @TempDir private Path directory;
  private Path into = Path.of("/");

  @BeforeEach
  void make() throws IOException {
    into = Files.createDirectory(directory.resolve("into"));
  }

  private void unpack(byte[] archive) throws IOException, InterruptedException {
    Unpacking.unpack(Files.write(directory.resolve("archive"), archive), into, LIMIT);
  }

  private void assertRefused(Reason reason, byte[] archive) throws IOException {
    assertThatThrownBy(() -> unpack(archive))
        .isInstanceOfSatisfying(
            UpdateException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    assertNothingOutside();
  }

  private void assertNothingOutside() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .containsExactlyInAnyOrder("archive", "into");
    }
  }

  private String text(String name) throws IOException {
    return Files.readString(into.resolve(name));
  }

  private static byte[] zip(String... namesAndContents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        out.putNextEntry(new ZipEntry(namesAndContents[i]));
        out.write(namesAndContents[i + 1].getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void filesDirectoriesAndLinks_comeOutAsTheyWentIn() throws Exception {
    unpack(
        new TarFile()
            .directory("a")
            .file("a/b/run", 04755, "content")
            .symbolicLink("a/link", "b/run")
            .hardLink("a/hard", "a/b/run")
            .gzipped());
    assertThat(text("a/b/run")).isEqualTo("content");
    assertThat(text("a/hard")).isEqualTo("content");
    assertThat(Files.readSymbolicLink(into.resolve("a/link"))).isEqualTo(Path.of("b/run"));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(into.resolve("a/b/run"))))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void plainTar_isReadToo() throws Exception {
    unpack(new TarFile().file("a", 0644, "x").bytes());
    assertThat(text("a")).isEqualTo("x");
  }

  @Test
  void longNames_ofGnuAndOfPax() throws Exception {
    String gnu = "g".repeat(90) + "/" + "n".repeat(90);
    String pax = "p".repeat(90) + "/" + "x".repeat(190);
    unpack(
        new TarFile()
            .entry('L', "././@LongLink", 0, "", gnu + "\0")
            .file("short", 0644, "one")
            .entry('x', "pax", 0, "", TarFile.pax("path", pax))
            .file("short", 0644, "two")
            .bytes());
    assertThat(text(gnu)).isEqualTo("one");
    assertThat(text(pax)).isEqualTo("two");
  }

  @Test
  void systemsOwnTar_isUnderstood() throws Exception {
    Path source = Files.createDirectories(into.resolve("source/deep"));
    Files.writeString(source.resolve("file"), "made by tar");
    Path archive = directory.resolve("archive");
    Process tar =
        new ProcessBuilder("tar", "-czf", archive.toString(), "-C", into.toString(), "source")
            .start();
    assertThat(tar.waitFor()).isZero();
    Path other = Files.createDirectory(into.resolve("other"));
    Unpacking.unpack(archive, other, LIMIT);
    assertThat(Files.readString(other.resolve("source/deep/file"))).isEqualTo("made by tar");
  }

  @Test
  void zip_keepsRights_butNoneForOthersToWrite() throws Exception {
    Path archive = directory.resolve("archive");
    Map<String, String> made = Map.of("create", "true", "enablePosixFileAttributes", "true");
    try (FileSystem zip = FileSystems.newFileSystem(archive, made)) {
      for (String rights : List.of("rwxr-xr-x", "r--------", "rwxrwxrwx")) {
        Path file = Files.writeString(zip.getPath(rights), "x");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
      }
    }
    unpack(Files.readAllBytes(archive));
    assertThat(rights("rwxr-xr-x")).isEqualTo("rwxr-xr-x");
    assertThat(rights("r--------")).isEqualTo("rw-------");
    assertThat(rights("rwxrwxrwx")).isEqualTo("rwxr-xr-x");
  }

  private String rights(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(into.resolve(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "posix"})
  void filesWithHoles_areRefused(String format) throws Exception {
    Path archive = directory.resolve("archive");
    Path holes = into.resolve("holes");
    try (RandomAccessFile file = new RandomAccessFile(holes.toFile(), "rw")) {
      file.setLength(1 << 20);
    }
    Process tar =
        new ProcessBuilder(
                "tar", "--sparse", "--format=" + format, "-cf", archive.toString(), "holes")
            .directory(into.toFile())
            .start();
    assertThat(tar.waitFor()).isZero();
    Files.delete(holes);
    assertRefused(Reason.BAD_ARCHIVE, Files.readAllBytes(archive));
  }

  @Test
  void zip_comesOut() throws Exception {
    unpack(zip("a/b", "x", "c", "y"));
    assertThat(text("a/b")).isEqualTo("x");
    assertThat(text("c")).isEqualTo("y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/x", "a/../../x", "a/b/../../../x", "."})
  void namesThatLeadOut_areRefused(String name) throws IOException {
    assertRefused(Reason.BAD_ARCHIVE, new TarFile().file(name, 0644, "x").gzipped());
    assertRefused(Reason.BAD_ARCHIVE, zip(name, "x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/etc/passwd", "a/../../x", ""})
  void linksThatLeadOut_areRefused(String target) throws IOException {
    assertRefused(Reason.BAD_ARCHIVE, new TarFile().symbolicLink("link", target).bytes());
    assertRefused(Reason.BAD_ARCHIVE, new TarFile().hardLink("link", target).bytes());
  }

  @Test
  void nothingIsWrittenThroughALink() throws IOException {
    assertRefused(
        Reason.BAD_ARCHIVE,
        new TarFile()
            .directory("real")
            .symbolicLink("link", "real")
            .file("link/file", 0644, "x")
            .bytes());
    assertThat(into.resolve("real/file")).doesNotExist();
  }

  @Test
  void fileOverALink_replacesItAndDoesNotFollow() throws Exception {
    unpack(
        new TarFile().symbolicLink("a", "b").file("a", 0644, "mine").file("b", 0644, "b").bytes());
    assertThat(Files.isRegularFile(into.resolve("a"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(text("b")).isEqualTo("b");
  }

  @ParameterizedTest
  @ValueSource(chars = {'3', '4', '6'})
  void devicesAndPipes_areRefused(char type) throws IOException {
    assertRefused(Reason.BAD_ARCHIVE, new TarFile().entry(type, "dev", 0644, "", "").bytes());
  }

  @Test
  void moreThanTheLimit_isRefused() throws IOException {
    assertRefused(
        Reason.ARCHIVE_TOO_LARGE,
        new TarFile().file("zeros", 0644, "0".repeat((int) LIMIT + 1)).gzipped());
  }

  @Test
  void truncatedAndDamagedArchives_areRefused() throws IOException {
    byte[] whole = new TarFile().file("a", 0644, "x".repeat(5_000)).gzipped();
    assertRefused(Reason.BAD_ARCHIVE, Arrays.copyOf(whole, whole.length - 20));
    byte[] plain = new TarFile().file("a", 0644, "x".repeat(5_000)).bytes();
    assertRefused(Reason.BAD_ARCHIVE, Arrays.copyOf(plain, 3_000));
    plain[3] ^= 1;
    assertRefused(Reason.BAD_ARCHIVE, plain);
    assertRefused(Reason.BAD_ARCHIVE, new byte[0]);
  }

  @Test
  void rubbish_neverDoesAnythingElse() throws Exception {
    long seed = Long.getLong("muster.seed", System.nanoTime());
    System.out.println("UnpackingTest: -Dmuster.seed=" + seed);
    Random random = new Random(seed);
    List<byte[]> seeds =
        List.of(
            new TarFile()
                .file("a/b", 0755, "content")
                .symbolicLink("a/c", "b")
                .hardLink("d", "a/b")
                .entry('x', "pax", 0, "", TarFile.pax("path", "long/name"))
                .file("short", 0644, "two")
                .bytes(),
            zip("a/b", "x", "c", "y"));
    for (int i = 0; i < 2_000; i++) {
      byte[] archive = seeds.get(i % seeds.size()).clone();
      for (int change = 0; change <= random.nextInt(6); change++) {
        archive[random.nextInt(archive.length)] = (byte) random.nextInt();
      }
      TarFile.mendChecksums(archive);
      try {
        unpack(archive);
      } catch (UpdateException expected) {
        // what it is for
      } catch (FileSystemException disk) {
        // a name that the disk does not take; anything else fails the test
        assertThat(disk.getFile()).contains("into");
      }
      assertNothingOutside();
      empty();
    }
  }

  private void empty() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(into)) {
      files = all.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
    }
    files.remove(into);
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
