package muster.connect;

import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// How a message is compressed. Each message stands for itself.
enum Compression {
  IDENTITY,
  GZIP;

  /// What answers list as understood.
  static final String SUPPORTED = "gzip";

  private static final int STEP = 8192;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The compression that a header names; identity when there is none.
  static Compression named(@Nullable String word) {
    if (word == null || word.isBlank() || word.strip().equalsIgnoreCase("identity")) {
      return IDENTITY;
    }
    if (word.strip().equalsIgnoreCase("gzip")) {
      return GZIP;
    }
    throw Status.UNIMPLEMENTED
        .withDescription(
            "compression: " + Faults.quoted(word) + " (expected: identity, " + SUPPORTED + ")")
        .asRuntimeException();
  }

  /// The first of a list that is known; without a list what the request used.
  static Compression accepted(@Nullable String list, Compression request) {
    if (list == null) {
      return request;
    }
    for (String word : list.split(",", 32)) {
      if (word.strip().equalsIgnoreCase("gzip")) {
        return GZIP;
      }
      if (word.strip().equalsIgnoreCase("identity")) {
        return IDENTITY;
      }
    }
    return IDENTITY;
  }

  byte[] compress(byte[] message) {
    if (this == IDENTITY) {
      return message;
    }
    var out = new ByteArrayOutputStream(message.length / 2 + 32);
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // there is no device under it
    }
    return out.toByteArray();
  }

  /// The message, of which never more than the limit plus one step is held.
  ///
  /// @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED above `limit` bytes,
  ///   INVALID_ARGUMENT when it is not what it says
  byte[] decompress(byte[] message, int limit) {
    if (this == IDENTITY || message.length == 0) {
      return message;
    }
    var out = new ByteArrayOutputStream(Math.min(message.length * 2, STEP));
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(message))) {
      var step = new byte[STEP];
      for (int n = gzip.read(step); n >= 0; n = gzip.read(step)) {
        if (out.size() + n > limit) {
          throw Faults.tooLarge(limit);
        }
        out.write(step, 0, n);
      }
    } catch (IOException e) {
      throw Status.INVALID_ARGUMENT
          .withDescription("message: not valid " + word() + " data")
          .withCause(e)
          .asRuntimeException();
    }
    return out.toByteArray();
  }
}
