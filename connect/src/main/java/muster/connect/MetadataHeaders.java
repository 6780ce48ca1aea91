package muster.connect;

import com.linecorp.armeria.common.HttpHeaders;
import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/// Metadata as HTTP headers and back. Names ending in `-bin` carry bytes as base64: written without
/// padding, read with or without it.
final class MetadataHeaders {

  private static final Set<String> TRANSPORT =
      Set.of(
          "content-type",
          "content-length",
          "content-encoding",
          "accept-encoding",
          "transfer-encoding",
          "connection",
          "keep-alive",
          "te",
          "trailer",
          "upgrade",
          "host");

  private MetadataHeaders() {}

  /// A caller's headers, without those of the transport and of the protocol.
  ///
  /// @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT for a `-bin` header that is not base64
  static Metadata read(HttpHeaders headers) {
    var metadata = new Metadata();
    headers.forEach((asciiName, value) -> {
      var name = asciiName.toString();
      if (reserved(name) || !legalName(name)) {
        return;
      }
      if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        for (String one : value.split(",", -1)) {
          metadata.put(binary(name), decode(name, one.strip()));
        }
      } else {
        metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
      }
    });
    return metadata;
  }

  /// Gives each entry that may stand in an answer, repeated names in their order. What no header
  /// can carry (control characters, names of the protocol itself) is left out.
  static void write(Metadata metadata, BiConsumer<String, String> header) {
    for (String name : metadata.keys()) {
      if (!reserved(name)) {
        values(metadata, name).forEach(value -> header.accept(name, value));
      }
    }
  }

  private static List<String> values(Metadata metadata, String name) {
    var found = new ArrayList<String>();
    if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
      var all = metadata.getAll(binary(name));
      if (all != null) {
        all.forEach(value -> found.add(encode(value)));
      }
    } else {
      var all = metadata.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
      if (all != null) {
        for (String value : all) {
          if (value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            found.add(value);
          }
        }
      }
    }
    return found;
  }

  static String encode(byte[] value) {
    return Base64.getEncoder().withoutPadding().encodeToString(value);
  }

  private static byte[] decode(String name, String value) {
    try {
      return Base64.getDecoder().decode(value);
    } catch (IllegalArgumentException e) {
      throw Faults.invalid(name + ": " + Faults.quoted(value) + " (expected: base64)");
    }
  }

  private static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }

  private static boolean reserved(String name) {
    return name.startsWith(":")
        || name.startsWith("grpc-")
        || name.startsWith("connect-")
        || TRANSPORT.contains(name);
  }

  private static boolean legalName(String name) {
    return !name.equals(Metadata.BINARY_HEADER_SUFFIX)
        && name.chars()
            .allMatch(c ->
                (c >= 'a' && c <= 'z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '_'
                    || c == '.');
  }
}
