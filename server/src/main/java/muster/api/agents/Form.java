package muster.api.agents;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Call;
import muster.transfer.FileRequest;
import org.apache.commons.fileupload.FileItemIterator;
import org.apache.commons.fileupload.FileItemStream;
import org.apache.commons.fileupload.FileUpload;
import org.apache.commons.fileupload.FileUploadException;
import org.apache.commons.fileupload.UploadContext;

/// The form of an upload (F137): the parts `file` and `dest`, and perhaps `mode`, in any order. The
/// file is read as it comes; what stands behind it, when it has been read. Used by one thread.
final class Form {
  private static final int MAX_FIELD = 4096;
  private static final int MAX_PARTS = 8;

  private final FileItemIterator parts;
  private final Map<String, String> fields = new HashMap<>();
  private final FileItemStream file;
  private int count;

  private Form(FileItemIterator parts) throws IOException, FileUploadException {
    this.parts = parts;
    this.file =
        toTheFile().orElseThrow(() -> Fault.invalid("file", "nothing", "the part with the file"));
  }

  /// @throws Fault INVALID_ARGUMENT for what is no such form, or has no `file`
  static Form of(Call call) {
    String type = call.header("content-type").orElse("");
    if (!type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      Fault fault = Fault.invalid("Content-Type", type, "multipart/form-data");
      throw new Fault(
          fault.code(), fault.getMessage(), Map.of(Fault.REASON, "unsupported_media_type"));
    }
    FileUpload upload = new FileUpload();
    try {
      return new Form(upload.getItemIterator(new Body(call, type)));
    } catch (IOException | FileUploadException e) {
      throw broken(e);
    }
  }

  private static Fault broken(Exception e) {
    return new Fault(FaultCode.INVALID_ARGUMENT, "body: no whole form: " + e.getMessage());
  }

  /// Keeps the fields on the way; empty when there is no file any more.
  private Optional<FileItemStream> toTheFile() throws IOException, FileUploadException {
    while (parts.hasNext()) {
      FileItemStream part = parts.next();
      if (++count > MAX_PARTS) {
        throw Fault.invalid("parts", "more than " + MAX_PARTS, "file, dest and mode");
      }
      switch (part.getFieldName()) {
        case "file" -> {
          return Optional.of(part);
        }
        case "dest", "mode" -> fields.put(part.getFieldName(), text(part));
        case null, default ->
            throw Fault.invalid("part", String.valueOf(part.getFieldName()), "file, dest or mode");
      }
    }
    return Optional.empty();
  }

  private static String text(FileItemStream part) throws IOException {
    try (InputStream in = part.openStream()) {
      byte[] bytes = in.readNBytes(MAX_FIELD + 1);
      if (bytes.length > MAX_FIELD) {
        throw Fault.invalid(
            part.getFieldName(), "too long", "at most %d bytes".formatted(MAX_FIELD));
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  InputStream file() {
    try {
      return file.openStream();
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /// Where it is to go. Reads the form to its end, so the file must have been read. A `dest` that
  /// ends in `/` is a directory, in which the file keeps its name.
  FileRequest destination() {
    try {
      toTheFile()
          .ifPresent(second -> {
            throw Fault.invalid("file", "several", "one");
          });
    } catch (IOException | FileUploadException e) {
      throw broken(e);
    }
    String dest =
        Optional.ofNullable(fields.get("dest"))
            .orElseThrow(() -> Fault.invalid("dest", "nothing", "where the file is to go"));
    return new FileRequest(
        dest.endsWith("/") ? dest + name() : dest,
        Optional.ofNullable(fields.get("mode")),
        Optional.empty(),
        Optional.empty());
  }

  /// Some browsers send the whole path that the file had there.
  private String name() {
    String given = file.getName();
    if (given == null || given.isEmpty() || given.indexOf('\0') >= 0) {
      throw Fault.invalid("file", "no filename", "one, since dest is a directory");
    }
    return given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1);
  }

  /// The request as the parser wants it.
  private record Body(Call call, String type) implements UploadContext {
    @Override
    public String getCharacterEncoding() {
      return StandardCharsets.UTF_8.name();
    }

    @Override
    public String getContentType() {
      return type;
    }

    @Override
    @Deprecated
    public int getContentLength() {
      return -1;
    }

    @Override
    public long contentLength() {
      return call.bodyLength().orElse(-1L);
    }

    @Override
    public InputStream getInputStream() {
      return call.body();
    }
  }
}
