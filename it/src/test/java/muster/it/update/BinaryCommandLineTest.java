package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.cli.Muster;
import muster.testkit.JavaProgram;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `muster binary` against a real server.
class BinaryCommandLineTest {
  @TempDir Path directory;

  private record Said(int exit, String out, String err) {}

  private Said run(TestMuster muster, String... words) throws IOException, InterruptedException {
    List<String> program = new ArrayList<>(List.of(Muster.class.getName(), "binary"));
    program.addAll(Arrays.asList(words));
    Path out = directory.resolve("out.txt");
    Path err = directory.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(JavaProgram.command(List.of(), program))
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("MUSTER_SERVER", muster.url().toString());
    builder.environment().put("MUSTER_TOKEN", muster.adminKey());
    int exit = builder.start().waitFor();
    return new Said(exit, Files.readString(out).strip(), Files.readString(err));
  }

  @Test
  @Tag("F103")
  @Tag("F104")
  @DisplayName("F103, F104: what was begun before is gone on with, listed, fetched and deleted")
  void file_goesUpAndComesBack() throws IOException, InterruptedException {
    byte[] content = Story.bytes(500_000);
    Files.write(directory.resolve("firmware.bin"), content);
    try (TestMuster muster = TestMuster.start()) {
      Map<String, Object> same = new HashMap<>(Story.label("firmware.bin", content.length));
      same.put("checksum", Story.checksum(content));
      String begun = muster.admin().post("/v1/uploads", same).expect(201).text("id");
      Story.put(muster.admin(), begun, 0, Arrays.copyOf(content, 200_000)).expect(200);

      String[] upload = {
        "upload", "firmware.bin", "--version", "2.0.0", "--platform", "raspberry-pi"
      };
      Said uploaded = run(muster, upload);
      assertThat(uploaded.exit()).as(uploaded.err()).isZero();
      String id = uploaded.out();
      muster.admin().get("/v1/uploads/" + begun).expect(404);
      assertThat(run(muster, upload).out()).as("a second time").isEqualTo(id);

      assertThat(run(muster, "list").out()).contains(id + "\tfirmware.bin\t2.0.0\traspberry-pi");
      Files.delete(directory.resolve("firmware.bin"));
      assertThat(run(muster, "download", id).exit()).isZero();
      assertThat(Files.readAllBytes(directory.resolve("firmware.bin"))).isEqualTo(content);

      Files.write(directory.resolve("firmware.bin"), new byte[10]);
      assertThat(run(muster, upload).err()).contains("is there already", id);
      assertThat(run(muster, "delete", id, "--yes").exit()).isZero();
      assertThat(run(muster, "download", id).exit()).isEqualTo(4);
    }
  }
}
