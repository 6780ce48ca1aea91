package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import muster.wire.JsonObject;
import org.junit.jupiter.api.Test;

class ListFilesTest extends FileCase {
  @Test
  void list_tellsNameTypeSizeModeAndTime() throws Exception {
    Path file = Files.writeString(root.resolve("b"), "four");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Files.createDirectories(root.resolve("a/deep/er"));
    Files.createSymbolicLink(root.resolve("c"), Path.of("/etc"));
    JsonObject list = open("list_files", root, "").json();

    assertThat(list.string("path")).isEqualTo(root.toString());
    assertThat(list.flag("truncated")).isFalse();
    List<JsonObject> entries = list.objects("entries", entry -> entry);
    assertThat(entries).extracting(entry -> entry.string("name")).containsExactly("a", "b", "c");
    assertThat(entries)
        .extracting(entry -> entry.string("type"))
        .containsExactly("directory", "file", "link");
    assertThat(entries.get(1).integer("size")).isEqualTo(4);
    assertThat(entries.get(1).string("mode")).isEqualTo("0640");
    assertThat(entries.get(1).string("mtime"))
        .matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
  }

  @Test
  void list_recursive_goesAsDeepAsAsked_notThroughLinks() throws Exception {
    Files.createDirectories(root.resolve("a/b/c"));
    Files.createSymbolicLink(root.resolve("a/up"), root);

    assertThat(listed("\"recursive\":true,\"depth\":2")).containsExactly("a", "a/b", "a/up");
    assertThat(listed("\"recursive\":true")).containsExactly("a", "a/b", "a/b/c", "a/up");
    assertThatThrownBy(() -> listed("\"depth\":2")).hasMessageContaining("args.depth");
  }

  @Test
  void list_moreThanTheLimit_saysSo() throws Exception {
    for (int i = 0; i < 5; i++) {
      Files.createFile(root.resolve("f" + i));
    }
    JsonObject list = open("list_files", root, "\"limit\":4").json();

    assertThat(list.objects("entries", entry -> entry)).hasSize(4);
    assertThat(list.flag("truncated")).isTrue();
    assertThat(open("list_files", root, "\"limit\":5").json().flag("truncated")).isFalse();
    assertThatThrownBy(() -> listed("\"limit\":10001"))
        .hasMessage("args.limit: 10001 (expected: 1..10000)");
  }

  @Test
  void list_ofAFile_saysWhatItIs() throws Exception {
    Path file = Files.createFile(root.resolve("f"));

    assertThatThrownBy(() -> open("list_files", file, ""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a directory");
  }

  @Test
  void list_ofTheRootDirectory_works() throws Exception {
    assertThat(open("list_files", "/", "\"recursive\":true,\"depth\":1").text())
        .contains("\"proc\"");
  }

  private List<String> listed(String more) throws Exception {
    return open("list_files", root, more).json().objects("entries", entry -> entry.string("name"));
  }
}
