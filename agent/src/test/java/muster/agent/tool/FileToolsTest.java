package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileToolsTest extends FileCase {
  @Test
  void fileRead_tellsTheLinesAskedFor_andWhetherThereAreMore() throws Exception {
    Path file = Files.writeString(root.resolve("log"), "one\ntwo\r\ngrüße\nfour");
    JsonObject all = open("file_read", file, "").json();

    assertThat(all.strings("lines")).containsExactly("one", "two", "grüße", "four");
    assertThat(all.flag("more")).isFalse();
    JsonObject some = open("file_read", file, "\"offset\":1,\"lines\":2").json();
    assertThat(some.strings("lines")).containsExactly("two", "grüße");
    assertThat(some.flag("more")).isTrue();
    assertThat(open("file_read", file, "\"offset\":9").json().strings("lines")).isEmpty();
    assertThatThrownBy(() -> open("file_read", file, "\"lines\":1001"))
        .hasMessage("args.lines: 1001 (expected: 1..1000)");
  }

  @Test
  void fileRead_ofLongLines_staysWithinItsBounds() throws Exception {
    Path file = Files.writeString(root.resolve("long"), ("x".repeat(2_000_000) + "\n").repeat(40));
    JsonObject told = open("file_read", file, "\"lines\":40").json();

    assertThat(told.strings("lines")).hasSize(16).allMatch(line -> line.length() == 64 * 1024);
    assertThat(told.flag("more")).isTrue();
    Policy small = policy("{\"limits\":{\"file_bytes\":10}}");
    Path lines = Files.writeString(root.resolve("lines"), "12345\n67890\nabc\n");
    assertThat(new TestDesk(small).run("file_read", args(lines, "")).json().strings("lines"))
        .containsExactly("12345", "67890");
  }

  @Test
  void fileList_tellsTheNamesThatMatch() throws Exception {
    for (String name : List.of("a.log", "b.log", "c.txt")) {
      Files.createFile(root.resolve(name));
    }
    JsonObject list = open("file_list", root, "\"pattern\":\"*.log\"").json();

    assertThat(list.objects("entries", entry -> entry.string("name")))
        .containsExactly("a.log", "b.log");
    JsonObject first = open("file_list", root, "\"max\":1").json();
    assertThat(first.objects("entries", entry -> entry)).hasSize(1);
    assertThat(first.flag("truncated")).isTrue();
    assertThatThrownBy(() -> open("file_list", root, "\"max\":501")).hasMessageContaining("1..500");
  }

  @Test
  void fileChecksum_isThatOfItsContent() throws Exception {
    Path file = Files.writeString(root.resolve("f"), "abc");

    assertThat(open("file_checksum", file, "").json().string("checksum"))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    JsonObject md5 = open("file_checksum", file, "\"algorithm\":\"md5\"").json();
    assertThat(md5.string("checksum")).isEqualTo("900150983cd24fb0d6963f7d28e17f72");
    assertThat(md5.integer("size")).isEqualTo(3);
  }

  @Test
  void fileStat_tellsWhatALinkLeadsTo() throws Exception {
    Path file = Files.writeString(root.resolve("f"), "abc");
    Path link = Files.createSymbolicLink(root.resolve("link"), file);
    JsonObject stat = open("file_stat", link, "").json();

    assertThat(stat.string("real_path")).isEqualTo(file.toString());
    assertThat(stat.string("type")).isEqualTo("file");
    assertThat(stat.integer("size")).isEqualTo(3);
    assertThat(stat.string("owner")).isEqualTo(System.getProperty("user.name"));
    assertThat(stat.string("mode")).matches("0[0-7]{3}");
  }

  @Test
  void fileDelete_takesTheFile_andOfALinkTheLinkAlone() throws Exception {
    Path file = Files.writeString(root.resolve("f"), "abc");
    Path link = Files.createSymbolicLink(root.resolve("link"), file);
    assertThat(open("file_delete", link, "").json().string("type")).isEqualTo("link");
    assertThat(file).exists();
    assertThat(link).doesNotExist();
    assertThat(open("file_delete", file, "").json().integer("size")).isEqualTo(3);
    assertThat(file).doesNotExist();

    assertThatThrownBy(() -> open("file_delete", file, ""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> open("file_delete", root, ""))
        .hasMessageContaining("directory, not a regular file");
    assertThatThrownBy(() -> open("file_delete", "/", "")).hasMessageContaining("args.path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file_read", "file_checksum", "file_stat", "disk_usage"})
  void policy_holdsForWhatIsRead_andForWhatLinksLeadTo(String tool) throws Exception {
    assertThatThrownBy(() -> fenced(tool, outside.resolve("secret"), ""))
        .isInstanceOf(DeniedException.class);
    Path link = Files.createSymbolicLink(root.resolve("link"), outside.resolve("secret"));
    assertThatThrownBy(() -> fenced(tool, link, "")).isInstanceOf(DeniedException.class);
    assertThatThrownBy(() -> open(tool, own.resolve("policy.json"), ""))
        .isInstanceOf(DeniedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"checksum", "restore_test", "db_integrity"})
  void policy_holdsForBackups(String type) throws Exception {
    Path link = Files.createSymbolicLink(root.resolve("link"), outside.resolve("secret"));
    assertThatThrownBy(
            () -> fenced("verify_backup", link, "\"verification_type\":\"" + type + "\""))
        .isInstanceOf(DeniedException.class);
  }

  @Test
  void policy_holdsForWhatIsDeleted() throws Exception {
    Path secret = outside.resolve("secret");
    assertThatThrownBy(() -> fenced("file_delete", secret, "")).isInstanceOf(DeniedException.class);
    Path detour = Files.createSymbolicLink(root.resolve("detour"), outside);
    assertThatThrownBy(() -> fenced("file_delete", detour.resolve("secret"), ""))
        .isInstanceOf(DeniedException.class);
    assertThat(secret).exists();
  }

  @Test
  void backup_itsChecksum_isCompared() throws Exception {
    Path file = Files.writeString(root.resolve("b"), "abc");
    String sum = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    String more = "\"verification_type\":\"checksum\"";
    JsonObject right = open("verify_backup", file, more + ",\"expected\":\"" + sum + "\"").json();
    assertThat(right.flag("ok")).isTrue();
    assertThat(right.flag("compared")).isTrue();
    assertThat(open("verify_backup", file, more).json().flag("compared")).isFalse();
    JsonObject wrong =
        open("verify_backup", file, more + ",\"expected\":\"" + "0".repeat(64) + "\"").json();
    assertThat(wrong.flag("ok")).isFalse();
    assertThat(wrong.string("problem")).isEqualTo("it has another checksum");
  }

  @Test
  void backup_thatIsAnArchive_isReadToItsEnd() throws Exception {
    Path content = Files.createDirectories(outside.resolve("content/" + "deep/".repeat(30)));
    Files.writeString(content.resolve("f"), "x".repeat(100_000));
    for (String archive : List.of("plain.tar", "packed.tar.gz")) {
      Path file = root.resolve(archive);
      assertThat(
              new ProcessBuilder(
                      "tar", archive.endsWith("gz") ? "czf" : "cf", file.toString(), "content")
                  .directory(outside.toFile())
                  .start()
                  .waitFor())
          .isZero();
      JsonObject whole = restored(file);
      assertThat(whole.flag("ok")).isTrue();
      assertThat(whole.integer("entries")).isEqualTo(32);
      assertThat(whole.integer("bytes")).isEqualTo(100_000);
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
      JsonObject half = restored(file);
      assertThat(half.flag("ok")).as(archive).isFalse();
      assertThat(half.string("problem")).isNotBlank();
    }
    Path none = Files.writeString(root.resolve("none"), "no archive ".repeat(100));
    assertThat(restored(none).string("problem")).startsWith("no tar archive, or damaged");
    Path empty = Files.createFile(root.resolve("empty"));
    assertThat(restored(empty).flag("ok")).isFalse();
  }

  private JsonObject restored(Path file) throws Exception {
    return open("verify_backup", file, "\"verification_type\":\"restore_test\"").json();
  }

  @Test
  void backup_withoutTheDatabasesProgram_saysSo() throws Exception {
    Path file = Files.writeString(root.resolve("d"), "SQLite format 3\0");
    assertThatThrownBy(() -> open("verify_backup", file, "\"verification_type\":\"db_integrity\""))
        .hasMessage("sqlite3 is not on this machine");
    assertThatThrownBy(() -> open("verify_backup", file, ""))
        .hasMessageContaining("args.verification_type");
  }

  @Test
  void diskUsage_addsUp() throws Exception {
    JsonObject usage = open("disk_usage", root, "").json();
    assertThat(usage.integer("total_bytes"))
        .isGreaterThanOrEqualTo(usage.integer("used_bytes"))
        .isPositive();
    assertThat(usage.optNumber("used_percent").orElseThrow()).isBetween(0.0, 100.0);
    List<JsonObject> disks =
        new TestDesk(policy("{}")).run("disk_usage", "{}").json().objects("disks", each -> each);
    assertThat(disks).allMatch(disk -> disk.string("device").startsWith("/"));
  }
}
