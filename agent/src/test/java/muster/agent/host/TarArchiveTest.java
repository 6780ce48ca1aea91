package muster.agent.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarArchiveTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "posix", "ustar", "oldgnu"})
  void archives_ofTheRealTar_areRead(String format) throws Exception {
    Files.writeString(directory.resolve("one"), "x".repeat(1000));
    Files.createDirectory(directory.resolve("folder"));
    Files.createSymbolicLink(directory.resolve("folder/link"), Path.of("../one"));
    assertThat(TarArchive.read(packed("--format=" + format, "one", "folder")))
        .isEqualTo(new TarArchive.Summary(3, 1000));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--format=gnu", "--sparse-version=0.1", "--sparse-version=1.0"})
  void sparseFiles_withLongMaps_areRead(String format) throws Exception {
    try (RandomAccessFile holes = new RandomAccessFile(directory.resolve("holes").toFile(), "rw")) {
      for (int i = 0; i < 100; i++) {
        holes.seek(i * 1_000_000L);
        holes.write(1);
      }
    }
    Files.writeString(directory.resolve("one"), "one");
    String posix = format.startsWith("--sparse") ? "--format=posix" : format;
    assertThat(TarArchive.read(packed("--sparse", posix, format, "holes", "one")).entries())
        .isEqualTo(2);
  }

  private InputStream packed(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tar", "-cf", "archive.tar"));
    command.addAll(List.of(arguments));
    Process tar = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
    assertThat(tar.waitFor()).isZero();
    return new ByteArrayInputStream(Files.readAllBytes(directory.resolve("archive.tar")));
  }

  @Test
  void sizes_thatOnlyPaxCanSay_count() throws Exception {
    String record = "13 size=1024\n";
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    archive.write(header('x', record.length()));
    archive.write((record + "\0".repeat(512 - record.length())).getBytes(StandardCharsets.UTF_8));
    archive.write(header('0', 0));
    archive.write(new byte[1024]);
    archive.write(header('0', 0));
    archive.write(new byte[1024]);
    assertThat(TarArchive.read(new ByteArrayInputStream(archive.toByteArray())))
        .isEqualTo(new TarArchive.Summary(2, 1024));

    byte[] cut = Arrays.copyOf(archive.toByteArray(), 512 * 3 + 100);
    assertThatThrownBy(() -> TarArchive.read(new ByteArrayInputStream(cut)))
        .isInstanceOf(EOFException.class)
        .hasMessage("ends in the content of entry 1");
  }

  private static byte[] header(char type, int size) {
    byte[] block = new byte[512];
    put(block, 0, "name");
    put(block, 124, "%011o".formatted(size));
    put(block, 148, "        ");
    block[156] = (byte) type;
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
