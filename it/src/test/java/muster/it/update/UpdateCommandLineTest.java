package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import muster.cli.Muster;
import muster.testkit.JavaProgram;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The whole way, as people go it: `muster binary`, `update` and `deployment`, with a real server
/// and the real agent.
@Timeout(180)
class UpdateCommandLineTest {
  @TempDir Path directory;

  private record Said(int exit, String out, String err) {}

  private Said run(TestMuster muster, String... words) throws IOException, InterruptedException {
    List<String> program = new ArrayList<>(List.of(Muster.class.getName()));
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

  private String publish(TestMuster muster, String version, Path link)
      throws IOException, InterruptedException {
    Path file = directory.resolve("app-%s.tar.gz".formatted(version));
    Files.write(file, Artifacts.archive(Map.of("version", version)));
    Said uploaded =
        run(
            muster,
            "binary",
            "upload",
            file.toString(),
            "--version",
            version,
            "--platform",
            "linux");
    assertThat(uploaded.exit()).as(uploaded.err()).isZero();
    Said created =
        run(
            muster,
            "update",
            "create",
            "app",
            version,
            "--binary",
            uploaded.out(),
            "--link",
            link.toString());
    assertThat(created.exit()).as(created.err()).isZero();
    return created.out();
  }

  @Test
  @Tag("F094")
  @Tag("F095")
  @Tag("F098")
  @Tag("F099")
  @DisplayName("F094, F095, F098, F099: a file goes up, out to a device, and back again")
  void version_goesOutAndBack() throws IOException, InterruptedException {
    try (TestMuster muster = TestMuster.start();
        RealAgent agent =
            RealAgent.start(muster, Files.createDirectory(directory.resolve("home")))) {
      Path link = directory.resolve("app");
      String first = publish(muster, "1.0.0", link);
      Said brought = run(muster, "deployment", "start", first, agent.device(), "--follow");
      assertThat(brought.exit()).as(brought.out() + brought.err()).isZero();
      assertThat(brought.out()).contains("state\tcompleted", "\nsucceeded\t1");
      assertThat(Files.readString(link.resolve("version"))).isEqualTo("1.0.0");

      String second = publish(muster, "2.0.0", link);
      Said preview =
          run(muster, "deployment", "start", second, "--filter", "status:online", "--dry-run");
      assertThat(preview.out()).isEqualTo("devices\t1\nonline\t1\nbatches\t1");
      String deployment =
          run(muster, "deployment", "start", second, "--filter", "status:online").out();
      assertThat(run(muster, "deployment", "show", deployment, "--follow", "--devices").out())
          .contains("state\tcompleted", "completed\t100 %\t1.0.0\t1");
      assertThat(Files.readString(link.resolve("version"))).isEqualTo("2.0.0");

      assertThat(run(muster, "deployment", "rollback", deployment, "--yes").err())
          .contains("1 device goes back");
      assertThat(run(muster, "deployment", "show", deployment, "--follow").out())
          .contains("state\trolled_back", "\nback\t1");
      assertThat(Files.readString(link.resolve("version"))).isEqualTo("1.0.0");

      Said failing =
          run(
              muster,
              "deployment",
              "start",
              second,
              agent.device(),
              "--check",
              "echo sick >&2; exit 1",
              "--no-rollback",
              "--follow");
      assertThat(failing.exit()).isEqualTo(1);
      assertThat(failing.out()).contains("state\tfailed", "failed_by\thealth_check_failed: 1");
      assertThat(Files.readString(link.resolve("version"))).isEqualTo("1.0.0");

      assertThat(run(muster, "update", "list").out())
          .contains(second + "\tapp\t2.0.0\tready\tlinux");
      assertThat(run(muster, "deployment", "list").out()).contains("app 2.0.0 (back)");
      assertThat(run(muster, "update", "deprecate", second).exit()).isZero();
      assertThat(run(muster, "deployment", "start", second, agent.device()).err())
          .contains("is deprecated");
    }
  }
}
