package muster.api.fleetd;

import com.google.protobuf.UnsafeByteOperations;
import java.util.Optional;
import muster.binary.Announced;
import muster.binary.Binary;
import muster.binary.Label;
import muster.binary.Signature;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.fleetd.v1.BinaryMetadata;
import muster.fleetd.v1.DownloadBinaryResponse;
import muster.fleetd.v1.UploadBinaryResponse;

/// Binaries as fleetd's messages say them, and back.
final class BinaryMessages {
  private BinaryMessages() {}

  static Label label(BinaryMetadata metadata) {
    return new Label(
        metadata.getName(),
        metadata.getVersion(),
        metadata.getPlatform(),
        DeviceMessages.given(metadata.getArchitecture()),
        metadata.getMetadataMap(),
        DeviceMessages.given(metadata.getContentType()),
        DeviceMessages.given(metadata.getSignature()).map(Signature::new));
  }

  static Announced announced(BinaryMetadata metadata) {
    return new Announced(
        Optional.of(metadata.getSizeBytes()).filter(bytes -> bytes != 0),
        DeviceMessages.given(metadata.getChecksum()).map(BinaryMessages::checksum));
  }

  private static Checksum checksum(String text) {
    return Checksum.parse(text)
        .orElseThrow(
            () -> Fault.invalid("checksum", text, "sha256: and 64 hexadecimal digits, lower case"));
  }

  /// What a download begins with.
  static DownloadBinaryResponse beginning(Binary binary, long offset) {
    Label label = binary.label();
    BinaryMetadata.Builder metadata =
        BinaryMetadata.newBuilder()
            .setName(label.name())
            .setVersion(label.version())
            .setPlatform(label.platform())
            .setArchitecture(label.architecture().orElse(""))
            .putAllMetadata(label.metadata())
            .setSizeBytes(binary.size())
            .setChecksum(binary.checksum().text())
            .setSignature(label.signature().map(Signature::text).orElse(""))
            .setContentType(label.contentType().orElse(""))
            .setBinaryId(binary.id().value())
            .setOffset(offset);
    return DownloadBinaryResponse.newBuilder().setMetadata(metadata).build();
  }

  /// @param piece which nobody changes any more
  static DownloadBinaryResponse chunk(byte[] piece) {
    return DownloadBinaryResponse.newBuilder()
        .setChunk(UnsafeByteOperations.unsafeWrap(piece))
        .build();
  }

  static UploadBinaryResponse uploaded(Binary binary) {
    return UploadBinaryResponse.newBuilder()
        .setBinaryId(binary.id().value())
        .setChecksum(binary.checksum().text())
        .setSizeBytes(binary.size())
        .setUploadedAt(Times.of(binary.uploadedAt()))
        .build();
  }
}
