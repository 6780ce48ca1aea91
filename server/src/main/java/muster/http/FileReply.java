package muster.http;

import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A file as an answer: whole, or the range that was asked for.
public final class FileReply {
  private FileReply() {}

  /// Writes `range` of the file.
  @FunctionalInterface
  public interface Source {
    void write(ByteRange range, BodyWriter out) throws Exception;
  }

  /// @param tag another one for every other content
  public static Reply of(Call call, long size, String tag, Source source) {
    String etag = '"' + tag + '"';
    boolean same = call.header("if-range").map(etag::equals).orElse(true);
    Optional<ByteRange> asked =
        call.header("range").filter(header -> same).flatMap(header -> ByteRange.of(header, size));
    ByteRange range = asked.orElse(new ByteRange(0, size));
    Reply reply =
        Reply.stream(
                asked.isPresent() ? HttpStatus.PARTIAL_CONTENT : HttpStatus.OK,
                MediaType.OCTET_STREAM,
                out -> source.write(range, out))
            .with("content-length", Long.toString(range.count()))
            .with("accept-ranges", "bytes")
            .with("etag", etag);
    return asked.isPresent() ? reply.with("content-range", range.header(size)) : reply;
  }

  /// The header `Content-Disposition` for a file of that name (RFC 6266): a plain form for all, and
  /// the true one with everything but letters, digits and `-._` escaped.
  public static String disposition(String name) {
    StringBuilder plain = new StringBuilder();
    name.codePoints()
        .forEach(c -> plain.append(isPlain(c) || c == ' ' ? Character.toString(c) : "_"));
    StringBuilder exact = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      exact.append(isPlain(b) ? Character.toString(b) : "%%%02X".formatted(b & 0xff));
    }
    return "attachment; filename=\"%s\"; filename*=UTF-8''%s".formatted(plain, exact);
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_';
  }
}
