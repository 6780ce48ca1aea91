package muster.socket;

import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import muster.remote.RemoteFrame;
import muster.remote.RemoteSocket;
import muster.wire.CloseCode;
import muster.wire.JsonException;
import muster.wire.RemoteControl;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/// One WebSocket of a remote session, either side's. The next frame is asked for when somebody
/// waits for it, and a send lasts until the network has taken the frame: so what is held here is
/// one frame each way, and TCP slows down who sends too fast.
final class RemoteEnd implements RemoteSocket, Subscriber<WebSocketFrame> {
  /// Of one message; what the device's and the person's programs send is far smaller.
  static final int MAX_MESSAGE = 256 * 1024;

  private static final int TOO_BIG = 1009;
  private static final int MAX_SILENT_LOOKS = 3;

  private final WebSocketWriter out;
  private final WebSocketChannel channel;
  private final LinkedBlockingQueue<Optional<RemoteFrame>> frames = new LinkedBlockingQueue<>();
  private volatile Optional<Subscription> subscription = Optional.empty();

  /// Of a message whose last frame has not come; only the subscriber's calls touch it.
  private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

  private boolean isText;

  /// A frame was asked for and has not come: only then silence says anything. Guarded by this
  /// object, as is `silentLooks`.
  private boolean waiting;

  private int silentLooks;
  private boolean closed;

  RemoteEnd(ServiceRequestContext context, WebSocketWriter out) {
    this.out = out;
    this.channel = new WebSocketChannel(context, out, "");
  }

  @Override
  public Optional<RemoteFrame> receive() throws InterruptedException {
    Optional<RemoteFrame> next = frames.poll();
    if (next == null) {
      ask();
      next = frames.take();
    }
    if (next.isEmpty()) {
      frames.add(next); // for the next one who asks
    }
    return next;
  }

  private void ask() {
    synchronized (this) {
      if (waiting) {
        return;
      }
      waiting = true;
      silentLooks = 0;
    }
    subscription.ifPresent(present -> present.request(1));
  }

  private synchronized void heard(boolean isFrame) {
    silentLooks = 0;
    if (isFrame) {
      waiting = false;
    }
  }

  @Override
  public boolean send(RemoteFrame frame) throws InterruptedException {
    boolean accepted =
        switch (frame) {
          case RemoteFrame.Bytes data -> out.tryWrite(WebSocketFrame.ofBinary(data.bytes()));
          case RemoteFrame.Resize size -> text(new RemoteControl.Resize(size.cols(), size.rows()));
          case RemoteFrame.Eof eof -> text(new RemoteControl.Eof());
          case RemoteFrame.Exit exit -> text(new RemoteControl.Exit(exit.code()));
        };
    if (!accepted) {
      return false;
    }
    try {
      out.whenConsumed().get();
      return true;
    } catch (ExecutionException e) {
      return false;
    }
  }

  private boolean text(RemoteControl control) {
    return out.tryWrite(control.toJson().toString());
  }

  @Override
  public void close(int code, String reason) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    channel.close(code, reason);
    frames.add(Optional.empty());
  }

  /// Asks for a sign of life, and cuts a connection that has given none for three times: of one
  /// that is to send something, as the others may be held up by what they have not been asked for.
  void look() {
    boolean silent;
    synchronized (this) {
      silent = waiting && ++silentLooks > MAX_SILENT_LOOKS;
    }
    if (silent) {
      close(GOING_AWAY, "nothing heard for 45 s");
    } else {
      channel.ping();
    }
  }

  @Override
  public void onSubscribe(Subscription given) {
    subscription = Optional.of(given);
    boolean asked;
    synchronized (this) {
      asked = waiting;
    }
    if (asked) {
      given.request(1);
    }
  }

  @Override
  public void onNext(WebSocketFrame frame) {
    try (frame) {
      switch (frame.type()) {
        case TEXT, BINARY, CONTINUATION -> part(frame);
        case PING -> {
          channel.pong();
          again();
        }
        case PONG -> again();
        case CLOSE -> {
          close(NORMAL, "");
          again();
        }
      }
    }
  }

  /// What came is no answer to who waits.
  private void again() {
    heard(false);
    subscription.ifPresent(present -> present.request(1));
  }

  private void part(WebSocketFrame frame) {
    switch (frame.type()) {
      case TEXT -> isText = true;
      case BINARY -> isText = false;
      default -> {}
    }
    if (parts.size() + frame.length() > MAX_MESSAGE) {
      close(TOO_BIG, "at most %d bytes in a message".formatted(MAX_MESSAGE));
      return;
    }
    parts.writeBytes(frame.array());
    if (!frame.isFinalFragment()) {
      again();
      return;
    }
    byte[] message = parts.toByteArray();
    parts.reset();
    try {
      RemoteFrame whole = isText ? control(message) : new RemoteFrame.Bytes(message);
      heard(true);
      frames.add(Optional.of(whole));
    } catch (JsonException e) {
      close(CloseCode.PROTOCOL_ERROR, String.valueOf(e.getMessage()));
    }
  }

  private static RemoteFrame control(byte[] message) {
    return switch (RemoteControl.parse(new String(message, StandardCharsets.UTF_8))) {
      case RemoteControl.Resize size -> new RemoteFrame.Resize(size.cols(), size.rows());
      case RemoteControl.Eof eof -> new RemoteFrame.Eof();
      case RemoteControl.Exit exit -> new RemoteFrame.Exit(exit.code());
    };
  }

  @Override
  public void onError(Throwable problem) {
    frames.add(Optional.empty());
  }

  @Override
  public void onComplete() {
    frames.add(Optional.empty());
  }

  /// Begins to read what the other side sends.
  RemoteEnd reading(WebSocket in) {
    in.subscribe(this);
    return this;
  }
}
