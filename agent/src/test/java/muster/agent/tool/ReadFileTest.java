package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import muster.wire.RpcException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadFileTest extends FileCase {
  @Test
  void read_printsTheFile_orAPartOfIt() throws Exception {
    Path file = Files.writeString(root.resolve("a b.txt"), "zero äöü end\n");

    assertThat(open("read_file", file, "").text()).isEqualTo("zero äöü end\n");
    assertThat(open("read_file", file, "\"offset\":5,\"limit\":6").text()).isEqualTo("äöü");
    assertThat(open("read_file", file, "\"offset\":100").text()).isEmpty();
    assertThat(open("read_file", file, "\"limit\":3,\"encoding\":\"base64\"").text())
        .isEqualTo(Base64.getEncoder().encodeToString(new byte[] {'z', 'e', 'r'}));
  }

  @Test
  void read_partEndsInACharacter_leavesItForTheNext() throws Exception {
    Path file = Files.writeString(root.resolve("a"), "aä");

    assertThat(open("read_file", file, "\"limit\":2").text()).isEqualTo("a");
    assertThat(open("read_file", file, "\"offset\":1,\"limit\":2").text()).isEqualTo("ä");
  }

  @Test
  void read_notText_wantsBase64() throws Exception {
    Path file = Files.write(root.resolve("a"), new byte[] {'a', -1, 0});

    assertThatThrownBy(() -> open("read_file", file, ""))
        .hasMessageContaining("use encoding base64");
    assertThat(
            Base64.getDecoder().decode(open("read_file", file, "\"encoding\":\"base64\"").text()))
        .isEqualTo(new byte[] {'a', -1, 0});
  }

  @Test
  void read_largeFile_givesItsFirstMebibyte() throws Exception {
    Path file = root.resolve("large");
    byte[] content = new byte[3 << 20];
    Arrays.fill(content, (byte) 'x');
    Files.write(file, content);

    assertThat(open("read_file", file, "").text()).hasSize(1 << 20);
  }

  @Test
  void read_missingFile_saysSoWithThePath() {
    Path file = root.resolve("none");

    assertThatThrownBy(() -> open("read_file", file, ""))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": no such file or directory");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"path\":5}",
        "{\"path\":\"/a\",\"offset\":-1}",
        "{\"path\":\"/a\",\"limit\":0}",
        "{\"path\":\"/a\",\"limit\":1048577}",
        "{\"path\":\"/a\",\"limit\":1.5}",
        "{\"path\":\"/a\",\"encoding\":\"utf16\"}",
        "{\"path\":\"/a\",\"ofset\":1}"
      })
  void read_wrongArguments_nameTheField(String args) {
    assertThatThrownBy(() -> new TestDesk(fenced()).run("read_file", args))
        .isInstanceOf(RpcException.class)
        .hasMessageMatching("args\\.\\w+: .*\\(expected: .*\\)");
  }
}
