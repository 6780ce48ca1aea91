package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import muster.fleetd.v1.BinaryMetadata;
import muster.fleetd.v1.DownloadBinaryRequest;
import muster.fleetd.v1.DownloadBinaryResponse;
import muster.fleetd.v1.UploadBinaryRequest;
import muster.fleetd.v1.UploadBinaryResponse;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// fleetd's BinaryService, by grpc-java's client and by the other protocols.
@Timeout(120)
class BinaryStreamsTest {
  private static final int MIB = 1 << 20;

  private static TestMuster muster;
  private static GrpcCaller grpc;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    grpc = new GrpcCaller(muster.url(), muster.adminKey());
  }

  @AfterAll
  static void stop() throws InterruptedException {
    grpc.close();
    muster.close();
  }

  private static BinaryMetadata.Builder named(String name) {
    return BinaryMetadata.newBuilder()
        .setName(name)
        .setVersion("2.0.0")
        .setPlatform("raspberry-pi");
  }

  private static UploadBinaryRequest metadata(BinaryMetadata.Builder metadata) {
    return UploadBinaryRequest.newBuilder().setMetadata(metadata).build();
  }

  private static UploadBinaryRequest chunk(byte[] bytes) {
    return UploadBinaryRequest.newBuilder().setChunk(ByteString.copyFrom(bytes)).build();
  }

  /// As the page's example sends it: metadata, then pieces of that size.
  private static List<UploadBinaryRequest> messages(
      BinaryMetadata.Builder metadata, byte[] content, int size) {
    List<UploadBinaryRequest> messages = new ArrayList<>(List.of(metadata(metadata)));
    for (int at = 0; at < content.length; at += size) {
      messages.add(chunk(Arrays.copyOfRange(content, at, Math.min(at + size, content.length))));
    }
    return messages;
  }

  private static UploadBinaryResponse upload(BinaryMetadata.Builder metadata, byte[] content)
      throws Throwable {
    GrpcCaller.Sending sending = grpc.upload();
    messages(metadata, content, MIB).forEach(sending::send);
    return sending.end();
  }

  private static DownloadBinaryRequest.Builder of(String id) {
    return DownloadBinaryRequest.newBuilder().setBinaryId(id);
  }

  private static List<DownloadBinaryResponse> download(DownloadBinaryRequest.Builder request) {
    List<DownloadBinaryResponse> all = new ArrayList<>();
    Iterator<DownloadBinaryResponse> answers = grpc.blocking().downloadBinary(request.build());
    answers.forEachRemaining(all::add);
    return all;
  }

  private static byte[] joined(List<DownloadBinaryResponse> answers) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    answers.forEach(answer -> content.writeBytes(answer.getChunk().toByteArray()));
    return content.toByteArray();
  }

  private static void awaitNothingArrives() {
    await().until(() -> Story.files(muster.data()).stream().noneMatch(f -> f.startsWith("upl_")));
  }

  @Test
  @Tag("F103")
  @Tag("F104")
  @DisplayName("F103, F104: the page's sequence up and down again, byte for byte")
  void pageExample_goesUpAndDown() throws Throwable {
    byte[] content = Story.bytes(3 * MIB + 4711);
    String name = Story.name();
    UploadBinaryResponse uploaded = upload(named(name), content);
    assertThat(uploaded.getBinaryId()).startsWith("bin_");
    assertThat(uploaded.getChecksum()).isEqualTo(Story.checksum(content));
    assertThat(uploaded.getSizeBytes()).isEqualTo(content.length);
    assertThat(uploaded.getUploadedAt().getSeconds())
        .isEqualTo(muster.clock().instant().getEpochSecond());

    List<DownloadBinaryResponse> answers = download(of(uploaded.getBinaryId()).setChunkSize(MIB));
    BinaryMetadata told = answers.getFirst().getMetadata();
    assertThat(told.getName()).isEqualTo(name);
    assertThat(told.getBinaryId()).isEqualTo(uploaded.getBinaryId());
    assertThat(told.getOffset()).isZero();
    assertThat(told.getSizeBytes()).isEqualTo(content.length);
    assertThat(told.getChecksum()).isEqualTo(uploaded.getChecksum());
    assertThat(answers.stream().skip(1)).allMatch(DownloadBinaryResponse::hasChunk).hasSize(4);
    assertThat(joined(answers)).isEqualTo(content);
    assertThat(Story.content(muster.admin(), uploaded.getBinaryId())).isEqualTo(content);
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: all that was said of a file comes back")
  void label_comesBack() throws Throwable {
    byte[] content = Story.bytes(10);
    String signature = "RUQ" + "A".repeat(96) + "=";
    BinaryMetadata.Builder said =
        named(Story.name())
            .setArchitecture("arm64")
            .putMetadata("channel", "beta")
            .setSizeBytes(10)
            .setChecksum(Story.checksum(content))
            .setContentType("application/x-raw-disk-image")
            .setSignature(signature);
    String id = upload(said, content).getBinaryId();
    assertThat(download(of(id)).getFirst().getMetadata())
        .isEqualTo(said.setBinaryId(id).setOffset(0).build());
  }

  static Stream<Envelopes> protocols() {
    return Stream.of(
            "application/connect+proto",
            "application/connect+json",
            "application/grpc-web+proto",
            "application/grpc-web+json")
        .map(Envelopes::new);
  }

  @ParameterizedTest
  @MethodSource("protocols")
  @Tag("F103")
  @Tag("F104")
  @DisplayName("F103, F104: pieces of 2 MiB pass in each protocol, both ways")
  void largestPieces_passInEachProtocol(Envelopes protocol)
      throws IOException, InterruptedException {
    byte[] content = Story.bytes(5 * MIB);
    Envelopes.Answer answer =
        protocol.call(
            muster.url(),
            muster.admin(),
            "UploadBinary",
            messages(named(Story.name()), content, 2 * MIB));
    assertThat(answer.code()).as(answer.message()).isEqualTo("ok");
    String id =
        protocol
            .decoded(answer.messages().getFirst(), UploadBinaryResponse.getDefaultInstance())
            .getBinaryId();

    Envelopes.Answer back =
        protocol.call(
            muster.url(),
            muster.admin(),
            "DownloadBinary",
            List.of(of(id).setChunkSize(2 * MIB).build()));
    assertThat(back.code()).as(back.message()).isEqualTo("ok");
    List<DownloadBinaryResponse> parts = new ArrayList<>();
    for (byte[] message : back.messages()) {
      parts.add(protocol.decoded(message, DownloadBinaryResponse.getDefaultInstance()));
    }
    assertThat(parts.getFirst().hasMetadata()).isTrue();
    assertThat(parts).hasSize(4);
    assertThat(joined(parts)).isEqualTo(content);
  }

  private static Arguments wrong(String what, String message, List<UploadBinaryRequest> sent) {
    return Arguments.of(what, message, sent);
  }

  private static List<UploadBinaryRequest> with(UnaryOperator<BinaryMetadata.Builder> change) {
    return messages(change.apply(named(Story.name())), Story.bytes(10), MIB);
  }

  static Stream<Arguments> refused() {
    UploadBinaryRequest metadata = metadata(named(Story.name()));
    UploadBinaryRequest piece = chunk(Story.bytes(10));
    UploadBinaryRequest nothing = UploadBinaryRequest.getDefaultInstance();
    return Stream.of(
        wrong("nothing at all", "metadata: nothing", List.of()),
        wrong("no metadata", "metadata: nothing", List.of(piece)),
        wrong("late metadata", "metadata: nothing", List.of(piece, metadata)),
        wrong("metadata twice", "metadata: a second time", List.of(metadata, piece, metadata)),
        wrong("a message of nothing", "data: nothing", List.of(metadata, nothing)),
        wrong("an empty file", "content: empty", List.of(metadata)),
        wrong("an empty piece", "content: empty", List.of(metadata, chunk(new byte[0]))),
        wrong(
            "too large a piece",
            "chunk: 2097153 bytes (expected: at most 2097152)",
            List.of(metadata, chunk(new byte[2 * MIB + 1]))),
        wrong("fewer bytes", "size_bytes: 11", with(m -> m.setSizeBytes(11))),
        wrong("more bytes", "size_bytes: 9", with(m -> m.setSizeBytes(9))),
        wrong("a negative size", "size_bytes: -1", with(m -> m.setSizeBytes(-1))),
        wrong("an immense size", "size_bytes: 9", with(m -> m.setSizeBytes(Long.MAX_VALUE))),
        wrong(
            "another checksum",
            "checksum: sha256:",
            with(m -> m.setChecksum(Story.checksum(new byte[1])))),
        wrong("no checksum", "checksum: \"md5:", with(m -> m.setChecksum("md5:abc123"))),
        wrong("no name", "name: \"\"", with(m -> m.setName(""))),
        wrong("a long name", "name: ", with(m -> m.setName("n".repeat(129)))),
        wrong("a name of two lines", "name: ", with(m -> m.setName("a\nb"))),
        wrong("no version", "version: \" \"", with(m -> m.setVersion(" "))),
        wrong("a long version", "version: ", with(m -> m.setVersion("1".repeat(65)))),
        wrong("no platform", "platform: \"\"", with(m -> m.setPlatform(""))),
        wrong(
            "a long architecture", "architecture: ", with(m -> m.setArchitecture("a".repeat(65)))),
        wrong("metadata's key", "metadata: ", with(m -> m.putMetadata("a b", "x"))),
        wrong("no media type", "content_type: ", with(m -> m.setContentType("zip"))),
        wrong("no signature", "signature: ", with(m -> m.setSignature("RWQ garbage"))),
        wrong(
            "half a signature file",
            "signature: ",
            with(m -> m.setSignature("untrusted comment: x\nRUQ" + "A".repeat(96) + "="))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  @Tag("F103")
  @DisplayName("F103: what is wrong with an upload is told, and nothing is left of it")
  void wrongUpload_isRefused(String what, String message, List<UploadBinaryRequest> sent) {
    GrpcCaller.Sending sending = grpc.upload();
    sent.forEach(sending::send);
    Throwable problem = catchThrowable(sending::end);
    assertThat(Status.fromThrowable(problem).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(problem).hasMessageContaining(message);
    awaitNothingArrives();
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: an upload that is cancelled leaves nothing")
  void cancelledUpload_leavesNothing() {
    GrpcCaller.Sending sending =
        grpc.upload().send(metadata(named(Story.name()))).send(chunk(Story.bytes(MIB)));
    await()
        .until(() -> Story.files(muster.data()).stream().anyMatch(file -> file.startsWith("upl_")));
    sending.cancel();
    awaitNothingArrives();
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: the same content twice is two binaries and one file; a label has one content")
  void sameContent_isKeptOnce_andALabelHasOneContent() throws Throwable {
    byte[] content = Story.bytes(1000);
    byte[] other = Story.bytes(1001);
    String name = Story.name();
    String first = upload(named(name), content).getBinaryId();
    int files = Story.files(muster.data()).size();
    String second = upload(named(name).setVersion("2.0.1"), content).getBinaryId();
    assertThat(second).isNotEqualTo(first);
    assertThat(Story.files(muster.data())).hasSize(files);

    assertThat(upload(named(name), content).getBinaryId()).isEqualTo(first);
    assertThat(upload(named(name).setArchitecture("arm64"), other).getBinaryId())
        .as("for another architecture")
        .isNotEqualTo(first);

    Throwable problem = catchThrowable(() -> upload(named(name), other));
    assertThat(Status.fromThrowable(problem).getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
    assertThat(problem).hasMessageContaining(first);
    GrpcCaller.Sending early =
        grpc.upload().send(metadata(named(name).setChecksum(Story.checksum(other))));
    assertThat(Status.fromThrowable(catchThrowable(early::answer)).getCode())
        .as("before any of it is sent")
        .isEqualTo(Status.Code.ALREADY_EXISTS);
    awaitNothingArrives();
  }

  @Test
  @Tag("F104")
  @DisplayName("F104: from an offset on; at the end the metadata alone; beyond it a refusal")
  void download_goesOnFromAnOffset() throws Throwable {
    byte[] content = Story.bytes(MIB);
    String id = upload(named(Story.name()), content).getBinaryId();
    List<DownloadBinaryResponse> rest = download(of(id).setOffset(1000));
    assertThat(rest.getFirst().getMetadata().getOffset()).isEqualTo(1000);
    assertThat(joined(rest)).isEqualTo(Arrays.copyOfRange(content, 1000, content.length));

    List<DownloadBinaryResponse> end = download(of(id).setOffset(content.length));
    assertThat(end).hasSize(1);
    assertThat(end.getFirst().getMetadata().getOffset()).isEqualTo(content.length);

    for (long beyond : new long[] {content.length + 1, -1, Long.MAX_VALUE}) {
      refusedDownload(of(id).setOffset(beyond), Status.Code.INVALID_ARGUMENT, "offset: " + beyond);
    }
  }

  private static void refusedDownload(
      DownloadBinaryRequest.Builder request, Status.Code code, String message) {
    Throwable problem = catchThrowable(() -> download(request));
    assertThat(problem).isInstanceOf(StatusRuntimeException.class).hasMessageContaining(message);
    assertThat(Status.fromThrowable(problem).getCode()).isEqualTo(code);
  }

  @Test
  @Tag("F104")
  @DisplayName("F104: pieces are of the size that was asked for, 64 KiB to 2 MiB, else of 1 MiB")
  void download_hasPiecesOfTheSizeAskedFor() throws Throwable {
    byte[] content = Story.bytes(4 * MIB);
    String id = upload(named(Story.name()), content).getBinaryId();
    Map<Long, Integer> sizes = Map.of(0L, MIB, 1L, 64 << 10, 100_000L, 100_000, 1L << 40, 2 * MIB);
    sizes.forEach((asked, given) -> {
      List<DownloadBinaryResponse> answers = download(of(id).setChunkSize(asked));
      assertThat(answers.get(1).getChunk().size()).as("asked for " + asked).isEqualTo(given);
      assertThat(joined(answers)).isEqualTo(content);
    });
    refusedDownload(of(id).setChunkSize(-1), Status.Code.INVALID_ARGUMENT, "chunk_size: -1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bin_0000000000000000", "bin_", "../muster.db", "BIN_1"})
  @Tag("F104")
  @DisplayName("F104: what is not there is not found")
  void download_ofNothing_isNotFound(String id) {
    refusedDownload(of(id), Status.Code.NOT_FOUND, "binary not found");
  }

  @Test
  @Tag("F104")
  void download_ofNoId_isRefused() {
    refusedDownload(of(""), Status.Code.INVALID_ARGUMENT, "binary_id");
  }

  @Test
  @Tag("F104")
  @DisplayName("F104: a device finds no binary that is not of an update of its own")
  void device_findsNoneOfOthers() throws Throwable {
    String id = upload(named(Story.name()), Story.bytes(10)).getBinaryId();
    FakeDevice device = muster.enroll("curious");
    try (GrpcCaller its = new GrpcCaller(muster.url(), device.token())) {
      Throwable problem =
          catchThrowable(() -> its.blocking().downloadBinary(of(id).build()).next());
      assertThat(Status.fromThrowable(problem).getCode()).isEqualTo(Status.Code.NOT_FOUND);
      assertThat(problem).hasMessageContaining("binary not found: \"" + id);
      GrpcCaller.Sending sending = its.upload().send(metadata(named(Story.name())));
      assertThat(Status.fromThrowable(catchThrowable(sending::answer)).getCode())
          .isEqualTo(Status.Code.PERMISSION_DENIED);
    }
    device.http().get("/device/binaries/" + id + "/content").expect(404);
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: a viewer may fetch, and neither upload nor delete")
  void viewer_onlyFetches() throws Throwable {
    byte[] content = Story.bytes(10);
    String id = upload(named(Story.name()), content).getBinaryId();
    TestClient viewer = muster.withRole("viewer");
    try (GrpcCaller its = new GrpcCaller(muster.url(), viewer.token())) {
      List<DownloadBinaryResponse> answers = new ArrayList<>();
      its.blocking().downloadBinary(of(id).build()).forEachRemaining(answers::add);
      assertThat(joined(answers)).isEqualTo(content);
      GrpcCaller.Sending sending = its.upload().send(metadata(named(Story.name())));
      Throwable problem = catchThrowable(sending::answer);
      assertThat(Status.fromThrowable(problem).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(problem).hasMessageContaining("update:create");
    }
    viewer.delete("/v1/binaries/" + id).expect(403);
  }

  private record Revocable(TestClient client, String id) {
    static Revocable operator() {
      TestClient client = muster.withRole("operator");
      return new Revocable(client, "key_" + client.token().split("_")[1]);
    }

    void revoke() {
      muster.admin().delete("/api/auth/keys/" + id).expect(204);
    }
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: who loses the right while uploading is stopped within seconds")
  void revokedWhileUploading_isStopped() throws Throwable {
    Revocable operator = Revocable.operator();
    try (GrpcCaller its = new GrpcCaller(muster.url(), operator.client().token())) {
      GrpcCaller.Sending sending = its.upload().send(metadata(named(Story.name())));
      operator.revoke();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> sending.send(chunk(new byte[100])).isOver());
      assertThat(Status.fromThrowable(catchThrowable(sending::answer)).getCode())
          .isEqualTo(Status.Code.UNAUTHENTICATED);
    }
    awaitNothingArrives();
  }

  @Test
  @Tag("F104")
  @DisplayName("F104: who loses the right while downloading is stopped within seconds")
  void revokedWhileDownloading_isStopped() throws Throwable {
    String id = upload(named(Story.name()), new byte[48 * MIB]).getBinaryId();
    Revocable operator = Revocable.operator();
    try (GrpcCaller its = new GrpcCaller(muster.url(), operator.client().token())) {
      Iterator<DownloadBinaryResponse> answers =
          its.blocking().downloadBinary(of(id).setChunkSize(64 << 10).build());
      answers.next();
      operator.revoke();
      Throwable problem =
          catchThrowable(() ->
              await()
                  .pollInterval(Duration.ofMillis(100))
                  .atMost(Duration.ofSeconds(60))
                  .until(() -> {
                    IntStream.range(0, 8).forEach(i -> answers.next());
                    return false;
                  }));
      assertThat(Status.fromThrowable(problem).getCode())
          .as(String.valueOf(problem))
          .isEqualTo(Status.Code.UNAUTHENTICATED);
    }
  }
}
