package muster.agent.tool;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import muster.agent.policy.Limits;

/// One request over one connection to one address, HTTP/1.1.
///
/// Why not the JDK's client: it looks the host up itself, so that it may connect to another address
/// than the one that was checked.
final class HttpConnection implements Closeable {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int MOST_HEAD = 64 * 1024;
  private static final int MOST_INTERIM = 8;

  private final URI url;
  private final int most;
  private final Socket plain;
  private final Socket socket;

  /// What a connection needs of where it is made.
  ///
  /// @param most bytes of a body that are kept
  /// @param onStop takes what is to be closed when it takes too long
  record Means(int most, SSLSocketFactory tls, Consumer<Closeable> onStop) {
    static Means of(Desk desk) {
      return new Means(
          Math.min(Limits.MOST.fileBytes(), desk.policy().limits().fileBytes()),
          desk.tls(),
          desk::onStop);
    }
  }

  /// That address cannot be connected to; another one may.
  static final class UnreachableException extends IOException {
    private static final long serialVersionUID = 1;

    UnreachableException(String message, IOException cause) {
      super(message, cause);
    }
  }

  HttpConnection(Means means, URI url, InetAddress address) throws IOException {
    this.url = url;
    most = means.most();
    plain = new Socket();
    means.onStop().accept(plain);
    try {
      plain.connect(new InetSocketAddress(address, HttpUrl.port(url)), CONNECT_MILLIS);
    } catch (IOException e) {
      plain.close();
      throw new UnreachableException(
          url.getHost() + " (" + address.getHostAddress() + "): " + e.getMessage(), e);
    }
    try {
      socket = url.getScheme().equals("https") ? secured(means.tls()) : plain;
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private Socket secured(SSLSocketFactory tls) throws IOException {
    SSLSocket secure = (SSLSocket) tls.createSocket(plain, host(), HttpUrl.port(url), true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    return secure;
  }

  private String host() {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  HttpAnswer ask(String method, Map<String, String> headers, byte[] body) throws IOException {
    send(method, headers, body);
    InputStream in = new BufferedInputStream(socket.getInputStream());
    for (int interim = 0; interim < MOST_INTERIM; interim++) {
      Head head = new Head(in);
      int status = head.status();
      if (status >= 200) {
        boolean empty = method.equals("HEAD") || status == 204 || status == 304;
        Body read = empty ? Body.NONE : body(head, in);
        return new HttpAnswer(status, head.headers, read.bytes, read.truncated);
      }
    }
    throw new IOException("no final answer");
  }

  private void send(String method, Map<String, String> headers, byte[] body) throws IOException {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("host", url.getAuthority());
    all.put("user-agent", "muster-agent");
    all.put("accept", "*/*");
    all.putAll(headers);
    all.put("connection", "close");
    if (body.length > 0 || method.startsWith("P")) {
      all.put("content-length", Integer.toString(body.length));
    }
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(HttpUrl.target(url)).append(" HTTP/1.1\r\n");
    all.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    OutputStream out = socket.getOutputStream();
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    out.flush();
  }

  private record Body(byte[] bytes, boolean truncated) {
    private static final Body NONE = new Body(new byte[0], false);
  }

  private Body body(Head head, InputStream in) throws IOException {
    String encoding = head.headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
    if (encoding.equals("chunked")) {
      return chunks(head, in);
    }
    if (!encoding.isEmpty()) {
      throw new IOException("the answer has a transfer encoding that is not known: " + encoding);
    }
    if (!head.headers.containsKey("content-length")) {
      byte[] bytes = in.readNBytes(most + 1);
      return cut(bytes, bytes.length > most);
    }
    long length = head.length();
    byte[] bytes = in.readNBytes((int) Math.min(length, most));
    if (bytes.length < Math.min(length, most)) {
      throw new EOFException("the answer ends too early");
    }
    return new Body(bytes, length > most);
  }

  private Body cut(byte[] bytes, boolean truncated) {
    return new Body(truncated ? Arrays.copyOf(bytes, most) : bytes, truncated);
  }

  private Body chunks(Head head, InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      head.read = 0;
      String line = head.line(in);
      int end = line.indexOf(';');
      String digits = (end < 0 ? line : line.substring(0, end)).strip();
      if (!digits.matches("[0-9a-fA-F]{1,8}")) {
        throw new IOException("the answer is chunked, and broken");
      }
      long size = Long.parseLong(digits, 16);
      if (size == 0) {
        return new Body(all.toByteArray(), false);
      }
      int room = most - all.size();
      byte[] chunk = in.readNBytes((int) Math.min(size, room));
      all.writeBytes(chunk);
      if (chunk.length < Math.min(size, room)) {
        throw new EOFException("the answer ends too early");
      }
      if (size > room) {
        return new Body(all.toByteArray(), true);
      }
      head.line(in);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /// The lines before a body.
  private static final class Head {
    private final String first;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private int read;

    Head(InputStream in) throws IOException {
      first = line(in);
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int colon = line.indexOf(':');
        if (colon < 1) {
          throw new IOException("the answer has a header that is none");
        }
        String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        String value = line.substring(colon + 1).strip();
        headers.merge(
            name, value, (one, more) -> one + (name.equals("set-cookie") ? "\n" : ", ") + more);
      }
    }

    int status() throws IOException {
      if (!first.matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
        throw new IOException("the answer is not HTTP/1.1");
      }
      return Integer.parseInt(first.substring(9, 12));
    }

    long length() throws IOException {
      String text = headers.getOrDefault("content-length", "");
      if (!text.matches("[0-9]{1,18}")) {
        throw new IOException("the answer has a length that is none: " + text);
      }
      return Long.parseLong(text);
    }

    private String line(InputStream in) throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          throw new EOFException("the answer ends too early");
        }
        if (++read > MOST_HEAD) {
          throw new IOException("the answer's head is longer than " + MOST_HEAD + " bytes");
        }
        line.write(b);
      }
      String text = line.toString(StandardCharsets.ISO_8859_1);
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
  }
}
