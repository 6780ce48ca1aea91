package muster.agent.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Questions to a name server and its answers, as bytes (RFC 1035; SRV is of RFC 2782).
public final class DnsMessage {
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int RESPONSE = 0x8000;
  private static final int TRUNCATED = 0x0200;
  private static final int NO_SUCH_NAME = 3;
  private static final int INTERNET = 1;
  private static final int MOST_NAME = 255;
  private static final int MOST_LABEL = 63;
  private static final int POINTER = 0xc0;
  private static final int MOST_JUMPS = 32;

  private DnsMessage() {}

  /// What can be asked for.
  public enum Type {
    A(1),
    NS(2),
    CNAME(5),
    SOA(6),
    PTR(12),
    MX(15),
    TXT(16),
    AAAA(28),
    SRV(33);

    private final int code;

    Type(int code) {
      this.code = code;
    }
  }

  /// @param truncated whether there is more, for which TCP is to be used
  public record Answer(List<String> records, boolean truncated) {}

  /// @throws IOException for a name that cannot be asked for
  public static byte[] question(int id, String name, Type type) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int word : new int[] {id, RECURSION_DESIRED, 1, 0, 0, 0}) {
      write(out, word);
    }
    String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    for (String label : plain.split("\\.", -1)) {
      byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
      if (bytes.length == 0 || bytes.length > MOST_LABEL || plain.length() > MOST_NAME - 2) {
        throw new IOException(name + ": no name that can be asked for");
      }
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
    out.write(0);
    write(out, type.code);
    write(out, INTERNET);
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, int word) {
    out.write(word >> 8);
    out.write(word);
  }

  /// Whether bytes are an answer to that question at all.
  public static boolean answers(byte[] bytes, int id) {
    return bytes.length >= 12
        && ByteBuffer.wrap(bytes).getShort() == (short) id
        && (ByteBuffer.wrap(bytes).getShort(2) & RESPONSE) != 0;
  }

  /// @param name as messages name it
  /// @throws IOException when there is no such name, or the answer is none
  public static Answer answer(byte[] bytes, String name, Type type) throws IOException {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      int flags = in.getShort(2);
      int problem = flags & 0xf;
      if (problem == NO_SUCH_NAME) {
        throw new IOException(name + ": no such name");
      }
      if (problem != 0) {
        throw new IOException(name + ": the name server refuses with code " + problem);
      }
      int questions = in.getShort(4) & 0xffff;
      int answers = in.getShort(6) & 0xffff;
      in.position(12);
      for (int i = 0; i < questions; i++) {
        name(in);
        in.getInt();
      }
      List<String> records = new ArrayList<>();
      boolean truncated = (flags & TRUNCATED) != 0;
      for (int i = 0; i < answers && !truncated; i++) {
        record(in, type, records);
      }
      return new Answer(records, truncated);
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException(name + ": the name server's answer is damaged", e);
    }
  }

  private static void record(ByteBuffer in, Type type, List<String> records) throws IOException {
    name(in);
    int code = in.getShort() & 0xffff;
    in.getShort();
    in.getInt();
    int length = in.getShort() & 0xffff;
    int end = in.position() + length;
    if (code == type.code) {
      records.add(text(in, type, length));
    }
    in.position(end);
  }

  private static String text(ByteBuffer in, Type type, int length) throws IOException {
    return switch (type) {
      case A, AAAA -> {
        byte[] address = new byte[length];
        in.get(address);
        yield InetAddress.getByAddress(address).getHostAddress();
      }
      case NS, CNAME, PTR -> name(in);
      case MX -> number(in) + " " + name(in);
      case SRV -> number(in) + " " + number(in) + " " + number(in) + " " + name(in);
      case SOA -> {
        StringBuilder soa = new StringBuilder(name(in)).append(' ').append(name(in));
        for (int i = 0; i < 5; i++) {
          soa.append(' ').append(Integer.toUnsignedString(in.getInt()));
        }
        yield soa.toString();
      }
      case TXT -> {
        StringBuilder text = new StringBuilder();
        for (int end = in.position() + length; in.position() < end; ) {
          text.append(label(in, in.get() & 0xff));
        }
        yield text.toString();
      }
    };
  }

  private static int number(ByteBuffer in) {
    return in.getShort() & 0xffff;
  }

  /// A name, whose end may stand elsewhere in the message.
  private static String name(ByteBuffer in) {
    StringBuilder name = new StringBuilder();
    int after = -1;
    int jumps = 0;
    for (int length = in.get() & 0xff; length != 0; length = in.get() & 0xff) {
      if ((length & POINTER) == POINTER) {
        int to = (length & ~POINTER) << 8 | in.get() & 0xff;
        after = after < 0 ? in.position() : after;
        in.position(to);
        if (++jumps > MOST_JUMPS) {
          throw new IllegalArgumentException("a name without end");
        }
      } else if (length <= MOST_LABEL && name.length() <= MOST_NAME * 4) {
        name.append(label(in, length)).append('.');
      } else {
        throw new IllegalArgumentException("no name");
      }
    }
    if (after >= 0) {
      in.position(after);
    }
    return name.length() == 0 ? "." : name.toString();
  }

  /// What is no printable ASCII is told as `\DDD`.
  private static String label(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      if (b >= ' ' && b < 0x7f) {
        text.append((char) b);
      } else {
        text.append(String.format(Locale.ROOT, "\\%03d", b & 0xff));
      }
    }
    return text.toString();
  }
}
