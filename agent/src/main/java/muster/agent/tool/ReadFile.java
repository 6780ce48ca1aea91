package muster.agent.tool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import muster.agent.policy.Limits;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;

/// The tool `read_file`: prints a part of a regular file.
///
/// @param offset of the first byte
/// @param limit of bytes
/// @param base64 prints the bytes as base64 and not as they are
public record ReadFile(Path path, long offset, int limit, boolean base64) implements Job {
  static ReadFile parse(JsonObject json) {
    Args args = new Args(json, "path", "offset", "limit", "encoding");
    int most = Limits.MOST.fileBytes();
    return new ReadFile(
        Paths.read(args),
        args.number("offset", 0, Long.MAX_VALUE, 0),
        (int) args.number("limit", 1, most, most),
        args.word("encoding", "utf8", "base64").equals("base64"));
  }

  @Override
  public void check(Policy policy) {
    policy.requirePath(Policy.Access.READ, path);
  }

  @Override
  public void run(Desk desk) throws IOException {
    Policy policy = desk.policy();
    int most = Math.min(limit, policy.limits().fileBytes());
    try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, policy);
        SeekableByteChannel file = place.openRegular(path)) {
      desk.print(spell(content(file, most)));
    } catch (FileSystemException e) {
      throw Paths.told(path, e);
    }
  }

  /// Not ending in the middle of a character when the file goes on.
  private byte[] content(SeekableByteChannel file, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    file.position(offset);
    int read = 0;
    while (buffer.hasRemaining() && read >= 0) {
      read = file.read(buffer);
    }
    boolean goesOn = !buffer.hasRemaining() && offset + most < file.size();
    int cut = goesOn && !base64 ? Utf8.incomplete(buffer.array(), buffer.position()) : 0;
    int whole = buffer.position() - cut;
    return Arrays.copyOf(buffer.array(), whole == 0 ? buffer.position() : whole);
  }

  private byte[] spell(byte[] content) throws IOException {
    if (base64) {
      return Base64.getEncoder().encode(content);
    }
    if (Utf8.decode(content).isEmpty()) {
      throw new IOException(path + ": not UTF-8 text (use encoding base64)");
    }
    return content;
  }
}
