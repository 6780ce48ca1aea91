package muster.api.muster;

import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import muster.command.Command;
import muster.command.Commands;
import muster.command.OutputChunk;
import muster.http.BodyWriter;
import muster.http.Reply;

/// A command's output as server-sent events (WHATWG HTML, section 9.2): `status` and `output`; the
/// id of an output event is its chunk's number, so a reader that comes back says where it was.
public final class OutputStream implements Commands.Follower {
  private final BodyWriter out;
  private final Function<Command, Object> commandJson;

  /// @param commandJson how the surface shows a command
  public OutputStream(BodyWriter out, Function<Command, Object> commandJson) {
    this.out = out;
    this.commandJson = commandJson;
  }

  @Override
  public void status(Command command) {
    out.write("event: status\ndata: " + json(commandJson.apply(command)) + "\n\n");
  }

  @Override
  public void output(OutputChunk chunk) {
    out.write(
        "id: " + chunk.seq() + "\nevent: output\ndata: " + json(MusterJson.output(chunk)) + "\n\n");
  }

  @Override
  public void idle() {
    out.write(": still here\n\n");
  }

  /// JSON has no line ends of its own, so an event's data is one line.
  private static String json(Object value) {
    return new String(Reply.bytes(value), StandardCharsets.UTF_8);
  }
}
