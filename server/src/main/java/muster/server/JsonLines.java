package muster.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import muster.http.Reply;

/// A log event as one JSON object on one line: `time`, `level`, `logger`, `message`, what the
/// thread is about (`request_id`, `device`), and `error` with the stack trace. JSON has no raw line
/// ends, so nothing a stranger says can look like a line of its own.
final class JsonLines extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", event.getInstant().toString());
    line.put("level", event.getLevel().toString());
    line.put("logger", event.getLoggerName());
    line.put("message", event.getFormattedMessage());
    line.putAll(event.getMDCPropertyMap());
    if (event.getThrowableProxy() != null) {
      line.put("error", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    bytes.writeBytes(ascii(Reply.bytes(line)));
    bytes.write('\n');
    return bytes.toByteArray();
  }

  /// Everything but plain text escaped: terminals act on control characters, and some readers of
  /// lines end them at U+2028.
  private static byte[] ascii(byte[] json) {
    String text = new String(json, StandardCharsets.UTF_8);
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return out.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
