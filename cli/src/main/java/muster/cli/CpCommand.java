package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `muster cp`: one file to a device or from it.
@Command(
    name = "cp",
    header = "Copy a file to a device or from it.",
    description = {
      "",
      "A path on a device is DEVICE:/path; - is stdin or stdout. The file goes by way of the server"
          + " and waits there for a device that is away. What breaks is gone on with, and the SHA-256"
          + " is compared at the end. Ctrl-C cancels.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster cp nginx.conf web-1:/etc/nginx/nginx.conf --mode 0644",
      "  muster cp web-1:/var/log/syslog .",
      "  muster cp web-1:/etc/hosts - | grep localhost"
    })
final class CpCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "<from>", description = "A file here or on a device.")
  private String from = "";

  @Parameters(
      index = "1",
      paramLabel = "<to>",
      description = "Where to; a directory takes its name.")
  private String to = "";

  @Option(
      names = "--mode",
      paramLabel = "<mode>",
      description = "Of the file on the device, such as 0644. Default: as it was.")
  private @Nullable String mode;

  @Option(names = "--no-wait", description = "To a device: end when the server has it.")
  private boolean noWait;

  private final Session session;

  CpCommand(Session session) {
    this.session = session;
  }

  /// A path on a device.
  private record Remote(String device, String path) {
    static Optional<Remote> of(String text) {
      int colon = text.indexOf(":/");
      return colon <= 0 || text.substring(0, colon).contains("/")
          ? Optional.empty()
          : Optional.of(new Remote(text.substring(0, colon), text.substring(colon + 1)));
    }
  }

  @Override
  public Integer call() {
    Optional<Remote> source = Remote.of(from);
    Optional<Remote> target = Remote.of(to);
    if (source.isPresent() == target.isPresent()) {
      throw new Failure(Exit.USAGE, "one of the two must be DEVICE:/path (muster cp --help)");
    }
    Copy copy = new Copy(session);
    session.terminal().onInterrupt(copy::cancel);
    try {
      return source.isPresent() ? download(copy, source.get()) : upload(copy, target.orElseThrow());
    } catch (IOException e) {
      throw new Failure(Exit.FAILURE, String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      throw new Failure(Exit.CANCELLED, "cancelled", e);
    } catch (ApiException | Failure e) {
      throw copy.isCancelled() ? new Failure(Exit.CANCELLED, "cancelled", e) : e;
    } finally {
      copy.over();
    }
  }

  private int upload(Copy copy, Remote target) throws IOException, InterruptedException {
    boolean piped = from.equals("-");
    Path file = Path.of(from);
    if (!piped && !Files.isRegularFile(file)) {
      throw new Failure(
          Exit.USAGE, from + (Files.exists(file) ? ": not a regular file" : ": no such file"));
    }
    String path = target.path();
    if (path.endsWith("/")) {
      if (piped) {
        throw new Failure(Exit.USAGE, to + ": name the file, it has no name yet");
      }
      path += file.getFileName();
    }
    JsonNode device = new DeviceNames(session.api()).resolve(target.device());
    JsonNode ended =
        piped
            ? copy.send(session.terminal().in(), -1, device, path, mode, noWait)
            : sendFile(copy, file, device, path);
    return told(ended, Json.text(device, "name") + ":" + path);
  }

  private JsonNode sendFile(Copy copy, Path file, JsonNode device, String path)
      throws IOException, InterruptedException {
    try (var in = Files.newInputStream(file)) {
      return copy.send(in, Files.size(file), device, path, mode, noWait);
    }
  }

  private int download(Copy copy, Remote source) throws IOException, InterruptedException {
    if (mode != null || noWait) {
      throw new Failure(Exit.USAGE, "--mode and --no-wait are for files that go to a device");
    }
    JsonNode device = new DeviceNames(session.api()).resolve(source.device());
    Path local = Path.of(to);
    if (Files.isDirectory(local)) {
      local = local.resolve(source.path().substring(source.path().lastIndexOf('/') + 1));
    }
    if (Files.exists(local) && !Files.isRegularFile(local) && !to.equals("-")) {
      throw new Failure(Exit.USAGE, local + ": not a regular file");
    }
    JsonNode ended = copy.fetch(device, source.path(), local, to.equals("-"));
    return to.equals("-") ? Exit.OK : told(ended, local.toString());
  }

  private int told(JsonNode transfer, String where) {
    boolean waits = !Json.text(transfer, "status").equals("completed");
    session
        .output()
        .done(
            transfer,
            waits
                ? where + " will be there when the device has it: " + Json.text(transfer, "id")
                : where + ": " + Progress.size(transfer.path("size_bytes").asLong()));
    return Exit.OK;
  }
}
