package muster.agent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import muster.wire.Json;
import muster.wire.JsonObject;
import muster.wire.Methods;
import muster.wire.Rpc;

/// The server's side of one WebSocket, driven by the test. Frames of the agent wait in a queue.
public final class TestPeer {
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;

  private final Socket socket;
  private final InputStream in;
  private final Map<String, String> headers;
  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();

  TestPeer(Socket socket, InputStream in, Map<String, String> headers) {
    this.socket = socket;
    this.in = in;
    this.headers = headers;
  }

  /// Of the upgrade, by lower-case name.
  public Map<String, String> headers() {
    return headers;
  }

  /// The next frame within 10 s; a close reads `close CODE`, the end of the stream `end`.
  public String frame() throws InterruptedException {
    String frame = frames.poll(60, TimeUnit.SECONDS);
    if (frame == null) {
      throw new AssertionError("the agent said nothing");
    }
    return frame;
  }

  /// The next frame that is a request or notification of this method; others are skipped.
  public JsonObject params(String method) throws InterruptedException {
    while (true) {
      String frame = frame();
      if (!frame.startsWith("{")) {
        throw new AssertionError("instead of " + method + ": " + frame);
      }
      JsonObject json = Json.parseObject(frame);
      if (json.optString("method").equals(Optional.of(method))) {
        return json.object("params");
      }
    }
  }

  /// The next frame that answers this request; others are skipped.
  public Rpc answer(long id) throws InterruptedException {
    while (true) {
      Rpc frame = Rpc.parse(frame());
      if (frame instanceof Rpc.Success success && success.id().equals(Rpc.Id.of(id))) {
        return frame;
      }
      if (frame instanceof Rpc.Failure failure && failure.id().equals(Optional.of(Rpc.Id.of(id)))) {
        return frame;
      }
    }
  }

  /// Takes hello and answers it.
  ///
  /// @param executions JSON list of what to do about known commands
  public JsonObject welcome(int heartbeatSeconds, String executions) throws Exception {
    Rpc.Request hello = (Rpc.Request) Rpc.parse(frame());
    if (!hello.method().equals(Methods.HELLO)) {
      throw new AssertionError("instead of hello: " + hello);
    }
    JsonObject reply =
        Json.parseObject(
            "{\"device_id\":\"dev_1\",\"status\":\"approved\",\"heartbeat_seconds\":"
                + heartbeatSeconds
                + ",\"server_time\":\"2026-04-15T14:30:00Z\",\"executions\":"
                + executions
                + "}");
    send(new Rpc.Success(hello.id(), reply).format());
    return hello.params();
  }

  /// Acknowledges a `tool.result` frame.
  public void acknowledge(String frame) throws IOException {
    send(new Rpc.Success(((Rpc.Request) Rpc.parse(frame)).id(), JsonObject.empty()).format());
  }

  public void request(long id, String method, String params) throws IOException {
    send(new Rpc.Request(Rpc.Id.of(id), method, Json.parseObject(params)).format());
  }

  public void send(String text) throws IOException {
    write(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public void send(byte[] bytes) throws IOException {
    write(BINARY, bytes);
  }

  public void ping() throws IOException {
    write(PING, new byte[0]);
  }

  public void close(int code, String reason) throws IOException {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    write(CLOSE, ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array());
  }

  /// Breaks the connection without a word.
  public void cut() throws IOException {
    socket.close();
  }

  void readAll() {
    try {
      boolean open = true;
      while (open) {
        open = readFrame();
      }
    } catch (IOException e) {
      frames.add("end");
    }
  }

  /// The agent sends whole, masked messages.
  private boolean readFrame() throws IOException {
    int first = in.read();
    if (first < 0) {
      frames.add("end");
      return false;
    }
    int second = in.read();
    int length = second & 0x7f;
    if (length == 126) {
      length = in.read() << 8 | in.read();
    } else if (length == 127) {
      length = (int) ByteBuffer.wrap(in.readNBytes(8)).getLong();
    }
    byte[] mask = in.readNBytes(4);
    byte[] payload = in.readNBytes(length);
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i & 3];
    }
    int opcode = first & 0xf;
    if (opcode == TEXT || opcode == 0) {
      message.writeBytes(payload);
      if ((first & 0x80) != 0) {
        frames.add(message.toString(StandardCharsets.UTF_8));
        message.reset();
      }
    } else if (opcode == CLOSE) {
      int code = payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
      frames.add("close " + code);
      write(CLOSE, payload);
    }
    return true;
  }

  private synchronized void write(int opcode, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0x80 | opcode);
    if (payload.length < 126) {
      frame.write(payload.length);
    } else if (payload.length < 65_536) {
      frame.write(126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    } else {
      frame.write(127);
      frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    frame.writeBytes(payload);
    OutputStream out = socket.getOutputStream();
    out.write(frame.toByteArray());
    out.flush();
  }
}
