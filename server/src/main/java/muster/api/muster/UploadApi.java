package muster.api.muster;

import com.linecorp.armeria.common.HttpStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.binary.Label;
import muster.binary.Signature;
import muster.binary.Upload;
import muster.binary.Uploads;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.UploadId;

/// Uploads of binaries that are gone on with after whatever broke.
public final class UploadApi {
  private static final String ONE = "/v1/uploads/{upload}";

  private final Uploads uploads;

  public UploadApi(Uploads uploads) {
    this.uploads = uploads;
  }

  record OffsetJson(long offset) {}

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
        .post("/v1/uploads", this::begin)
        .get(ONE, this::get)
        .putFile(ONE, this::receive)
        .delete(ONE, this::delete)
        // As long as it takes: after a restart the checksum is of what is on disk.
        .postStream(ONE + "/end", this::end)
        .list();
  }

  private Reply begin(Call call) {
    JsonBody body =
        call.json()
            .only(
                "name",
                "version",
                "platform",
                "architecture",
                "metadata",
                "content_type",
                "signature",
                "size_bytes",
                "checksum");
    Label label =
        new Label(
            body.text("name"),
            body.text("version"),
            body.text("platform"),
            body.optText("architecture"),
            metadata(body),
            body.optText("content_type"),
            body.optText("signature").map(Signature::new));
    Upload upload =
        uploads.begin(
            call.caller(),
            label,
            body.optNumber("size_bytes")
                .orElseThrow(() -> Fault.invalid("size_bytes", "nothing", "a number of bytes")),
            BinaryJson.checksum(body.optText("checksum")));
    return Reply.json(HttpStatus.CREATED, shown(upload));
  }

  private static Map<String, String> metadata(JsonBody body) {
    Map<String, String> texts = new LinkedHashMap<>();
    body.optObject("metadata")
        .orElse(Map.of())
        .forEach((key, value) -> {
          if (!(value instanceof String text)) {
            throw Fault.invalid("metadata." + key, String.valueOf(value), "a text");
          }
          texts.put(key, text);
        });
    return texts;
  }

  private BinaryJson.Unfinished shown(Upload upload) {
    return BinaryJson.Unfinished.of(upload, uploads.offset(upload));
  }

  private Reply get(Call call) {
    return Reply.ok(shown(uploads.get(call.caller(), id(call))));
  }

  private Reply receive(Call call) {
    long offset =
        call.queryBytes("offset")
            .orElseThrow(() -> Fault.invalid("offset", "nothing", "a number of bytes"));
    return Reply.ok(
        new OffsetJson(
            uploads.receive(
                call.caller(),
                id(call),
                offset,
                call.header("content-digest")
                    .flatMap(text -> Checksum.ofHeader("Content-Digest", text)),
                call.body())));
  }

  private Reply end(Call call) {
    return Reply.json(
        HttpStatus.CREATED, BinaryJson.of(uploads.end(call.caller(), id(call)), true));
  }

  private Reply delete(Call call) {
    uploads.delete(call.caller(), id(call));
    return Reply.noContent();
  }

  private static UploadId id(Call call) {
    String text = call.path("upload");
    return UploadId.of(text).orElseThrow(() -> Fault.notFound("upload", text));
  }
}
