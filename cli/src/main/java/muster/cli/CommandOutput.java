package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.Base64;

/// Passes the output of a command on: each byte as it was, to the stream it was written to. With
/// `--json`, each chunk and each status as a line of JSON.
final class CommandOutput implements Follow.Receiver {
  private final Session session;
  private final String id;

  CommandOutput(Session session, String id) {
    this.session = session;
    this.id = id;
  }

  @Override
  public void output(JsonNode chunk) {
    if (session.output().asJson()) {
      session.output().jsonLine(chunk);
    } else if (chunk.has("gap_bytes")) {
      session.output().note(chunk.path("gap_bytes").asLong() + " bytes of output were cut here");
    } else {
      PrintStream to =
          Json.text(chunk, "stream").equals("stderr")
              ? session.terminal().err()
              : session.terminal().out();
      byte[] bytes = bytes(chunk);
      to.write(bytes, 0, bytes.length);
      to.flush();
    }
    if (session.terminal().out().checkError()) {
      throw new Failure(
          Exit.FAILURE, "nobody reads the output; the command goes on: muster command " + id);
    }
  }

  private static byte[] bytes(JsonNode chunk) {
    return chunk.hasNonNull("data_b64")
        ? Base64.getDecoder().decode(Json.text(chunk, "data_b64"))
        : Json.text(chunk, "data").getBytes(UTF_8);
  }

  @Override
  public void status(JsonNode command) {
    if (session.output().asJson()) {
      session.output().jsonLine(command);
    }
  }

  /// The exit code that tells how the command ended; what is not in the code goes to stderr.
  int exit(JsonNode end) {
    String status = Json.text(end, "status");
    return switch (status) {
      case "completed" -> end.path("exit_code").asInt(Exit.NOT_RUN);
      case "timed_out" -> told(end, "timed out on the device", Exit.TIMED_OUT);
      case "cancelled" -> told(end, "was cancelled", Exit.CANCELLED);
      case "expired" -> told(end, "expired before the device came", Exit.NOT_RUN);
      case "lost" -> told(end, "was lost: nobody knows how it ended", Exit.NOT_RUN);
      default -> told(end, "could not run", Exit.NOT_RUN);
    };
  }

  private int told(JsonNode end, String what, int exit) {
    String error = Json.text(end, "error");
    session.output().note(id + " " + what + (error.isEmpty() ? "" : ": " + error));
    return exit;
  }
}
