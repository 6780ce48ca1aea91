package muster.page;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.jspecify.annotations.Nullable;

/// Cursors as opaque tokens: `base64url(body, mac)`. The body is a version byte, the expiry and the
/// tagged values; the mac is HMAC-SHA256 over the SHA-256 of the query and the body, so that a
/// token of another query fails just like a forged one. Thread-safe.
public final class CursorCodec {
  private static final int VERSION = 1;
  private static final int MAC_BYTES = 16;
  private static final int MAX_TOKEN_CHARS = 65_536;

  private final SecretKeySpec key;
  private final InstantSource clock;
  private final Duration lifetime;

  /// @param key secret, at least 32 bytes; shared by all nodes of one installation
  /// @param lifetime how long a token is taken back
  public CursorCodec(byte[] key, InstantSource clock, Duration lifetime) {
    if (key.length < 32) {
      throw new IllegalArgumentException(key.length + " bytes of key (expected: at least 32)");
    }
    this.key = new SecretKeySpec(key, "HmacSHA256");
    this.clock = clock;
    this.lifetime = lifetime;
  }

  /// The token for a cursor.
  ///
  /// @param query everything that decides what the list is: the resource, whose list it is (tenant
  ///   and scope), the filter and the order. The page size is not part of it
  public String encode(Cursor cursor, String query) {
    byte[] body = body(cursor);
    byte[] token = Arrays.copyOf(body, body.length + MAC_BYTES);
    System.arraycopy(mac(body, query), 0, token, body.length, MAC_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  /// The cursor of a token given out for the same query.
  ///
  /// @throws PageTokenException when it is not one, or too old
  public Cursor decode(String token, String query) {
    byte[] bytes = bytes(token);
    if (bytes.length <= MAC_BYTES) {
      throw foreign();
    }
    byte[] body = Arrays.copyOf(bytes, bytes.length - MAC_BYTES);
    byte[] mac = Arrays.copyOfRange(bytes, body.length, bytes.length);
    if (!MessageDigest.isEqual(mac, mac(body, query))) {
      throw foreign();
    }
    return cursor(body);
  }

  /// As [#decode], told as the fault of the parameter that carried the token.
  ///
  /// @throws Fault INVALID_ARGUMENT
  public Cursor require(String field, String token, String query) {
    try {
      return decode(token, query);
    } catch (PageTokenException e) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT, field + ": " + e.getMessage(), Map.of("field", field));
    }
  }

  private byte[] body(Cursor cursor) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(clock.instant().plus(lifetime).getEpochSecond());
      out.writeByte(cursor.keys().size());
      for (Object value : cursor.keys()) {
        write(out, value);
      }
      write(out, cursor.id());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private Cursor cursor(byte[] body) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(body))) {
      if (in.readUnsignedByte() != VERSION) {
        throw foreign();
      }
      Instant expiry = Instant.ofEpochSecond(in.readLong());
      if (!clock.instant().isBefore(expiry)) {
        throw new PageTokenException(
            "expired at " + expiry, "one not older than " + lifetime.toHours() + " h");
      }
      int size = in.readUnsignedByte();
      List<@Nullable Object> keys = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        keys.add(read(in));
      }
      Object id = read(in);
      if (id == null) {
        throw foreign();
      }
      return new Cursor(keys, id);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // our own signature on a body that we cannot read
    }
  }

  private static void write(DataOutputStream out, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> out.writeByte(0);
      case Long number -> {
        out.writeByte(1);
        out.writeLong(number);
      }
      case Double number -> {
        out.writeByte(2);
        out.writeDouble(number);
      }
      case String text -> {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(3);
        out.writeInt(utf8.length);
        out.write(utf8);
      }
      default -> throw new IllegalArgumentException(value.getClass().getName());
    }
  }

  private static @Nullable Object read(DataInputStream in) throws IOException {
    return switch (in.readUnsignedByte()) {
      case 0 -> null;
      case 1 -> in.readLong();
      case 2 -> in.readDouble();
      case 3 -> new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
      default -> throw foreign();
    };
  }

  private byte[] mac(byte[] body, String query) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(
          MessageDigest.getInstance("SHA-256").digest(query.getBytes(StandardCharsets.UTF_8)));
      return Arrays.copyOf(mac.doFinal(body), MAC_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // both algorithms are in every JDK
    }
  }

  private static byte[] bytes(String token) {
    if (token.length() > MAX_TOKEN_CHARS) {
      throw foreign();
    }
    try {
      return Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      throw foreign();
    }
  }

  private static PageTokenException foreign() {
    return new PageTokenException("not understood", "a token of this query");
  }
}
