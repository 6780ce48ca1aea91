package muster.api.muster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.binary.Binaries;
import muster.binary.Binary;
import muster.binary.Signature;
import muster.binary.Upload;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.http.Reply;
import org.jspecify.annotations.Nullable;

/// A binary as it is shown.
///
/// @param available whether its content is here to be fetched
record BinaryJson(
    String id,
    String name,
    String version,
    String platform,
    @Nullable String architecture,
    Map<String, String> metadata,
    @Nullable String contentType,
    @Nullable String signature,
    long sizeBytes,
    String checksum,
    boolean available,
    String uploadedBy,
    String uploadedAt) {

  static BinaryJson of(Binary binary, boolean available) {
    return new BinaryJson(
        binary.id().value(),
        binary.label().name(),
        binary.label().version(),
        binary.label().platform(),
        binary.label().architecture().orElse(null),
        binary.label().metadata(),
        binary.label().contentType().orElse(null),
        binary.label().signature().map(Signature::text).orElse(null),
        binary.size(),
        binary.checksum().text(),
        available,
        binary.uploadedBy(),
        Reply.time(binary.uploadedAt()));
  }

  /// One part of the list.
  record Listed(
      List<BinaryJson> binaries,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {
    static Listed of(Binaries binaries, Binaries.Listing listing) {
      return new Listed(
          listing.page().items().stream()
              .map(binary -> BinaryJson.of(binary, binaries.isWhole(binary)))
              .toList(),
          listing.next().orElse(null));
    }
  }

  /// An unfinished upload.
  ///
  /// @param offset up to where the file is here
  record Unfinished(
      String id,
      String name,
      String version,
      String platform,
      @Nullable String architecture,
      long sizeBytes,
      @Nullable String checksum,
      long offset,
      String begunBy,
      String createdAt,
      String expiresAt) {
    static Unfinished of(Upload upload, long offset) {
      return new Unfinished(
          upload.id().value(),
          upload.label().name(),
          upload.label().version(),
          upload.label().platform(),
          upload.label().architecture().orElse(null),
          upload.size(),
          upload.checksum().map(Checksum::text).orElse(null),
          offset,
          upload.begunBy(),
          Reply.time(upload.createdAt()),
          Reply.time(upload.expiresAt()));
    }
  }

  static Optional<Checksum> checksum(Optional<String> text) {
    return text.map(given ->
        Checksum.parse(given)
            .orElseThrow(() ->
                Fault.invalid("checksum", given, "sha256: and 64 hexadecimal digits, lower case")));
  }
}
