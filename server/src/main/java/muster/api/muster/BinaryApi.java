package muster.api.muster;

import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.util.List;
import java.util.Map;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.binary.Announced;
import muster.binary.Binaries;
import muster.binary.Binary;
import muster.binary.Label;
import muster.binary.Signature;
import muster.blob.Checksum;
import muster.blob.Content;
import muster.fault.Fault;
import muster.http.ByteRange;
import muster.http.Call;
import muster.http.FileReply;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.BinaryId;

/// The files that updates are made of, by plain HTTP: what fleetd's BinaryService has, and a list.
public final class BinaryApi {
  private static final int USUAL_PAGE = 100;
  private static final int LARGEST_PAGE = 1000;
  private static final int PIECE = 256 * 1024;
  private static final String ONE = "/v1/binaries/{binary}";

  private final Binaries binaries;

  public BinaryApi(Binaries binaries) {
    this.binaries = binaries;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
            .get("/v1/binaries", this::list)
            .postFile("/v1/binaries", this::upload)
            .get(ONE, this::get)
            .delete(ONE, this::delete)
            .stream(ONE + "/content", this::content)
            .look(ONE + "/content", this::look)
            .deviceStream("/device/binaries/{binary}/content", this::content)
            .list();
  }

  private Reply list(Call call) {
    int limit = call.queryNumber("limit", 1, LARGEST_PAGE).orElse(USUAL_PAGE);
    return Reply.ok(
        BinaryJson.Listed.of(
            binaries,
            binaries.list(call.caller(), call.query("name"), limit, call.query("cursor"))));
  }

  private Reply upload(Call call) {
    Label label =
        new Label(
            asked(call, "name"),
            asked(call, "version"),
            asked(call, "platform"),
            call.query("architecture"),
            Map.of(),
            call.query("content_type"),
            call.query("signature").map(Signature::new));
    Announced announced =
        new Announced(
            call.bodyLength(),
            call.header("repr-digest").flatMap(text -> Checksum.ofHeader("Repr-Digest", text)));
    Binary binary = binaries.upload(call.caller(), label, announced, call.body());
    return Reply.json(HttpStatus.CREATED, BinaryJson.of(binary, true));
  }

  private static String asked(Call call, String name) {
    return call.query(name).orElseThrow(() -> Fault.invalid(name, "nothing", "a text"));
  }

  private Reply get(Call call) {
    Binary binary = binaries.get(call.caller(), id(call));
    return Reply.ok(BinaryJson.of(binary, binaries.isWhole(binary)));
  }

  private Reply delete(Call call) {
    binaries.delete(call.caller(), id(call));
    return Reply.noContent();
  }

  private Reply content(Call call) {
    Binary binary = binaries.open(call.caller(), id(call));
    Checksum checksum = binary.checksum();
    return FileReply.of(
            call,
            binary.size(),
            checksum.hex(),
            (range, out) -> write(call, binary, range, out::write))
        .with("repr-digest", checksum.header())
        .with("content-disposition", FileReply.disposition(binary.label().name()));
  }

  /// The headers of [#content] alone.
  private Reply look(Call call) {
    Binary binary = binaries.open(call.caller(), id(call));
    return Reply.bytes(MediaType.OCTET_STREAM, new byte[0])
        .with("content-length", Long.toString(binary.size()))
        .with("accept-ranges", "bytes")
        .with("etag", '"' + binary.checksum().hex() + '"')
        .with("repr-digest", binary.checksum().header())
        .with("content-disposition", FileReply.disposition(binary.label().name()));
  }

  private void write(Call call, Binary binary, ByteRange range, Content.Sink sink) {
    binaries.write(call.caller(), binary, range.from(), range.count(), PIECE, sink);
  }

  private static BinaryId id(Call call) {
    String text = call.path("binary");
    return BinaryId.of(text).orElseThrow(() -> Fault.notFound("binary", text));
  }
}
