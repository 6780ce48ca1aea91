package muster.socket;

import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import muster.wire.CloseCode;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/// One WebSocket whose messages somebody reads one by one, on a thread of its own. The next frame
/// is asked for when somebody waits for it, and a send lasts until the network has taken the frame:
/// so what is held here is one frame each way, and TCP slows down who sends too fast.
final class SocketEnd implements Subscriber<WebSocketFrame> {
  /// Of one message.
  static final int MAX_MESSAGE = 256 * 1024;

  private static final int TOO_BIG = 1009;
  private static final int MAX_SILENT_LOOKS = 3;

  private final WebSocketWriter out;
  private final WebSocketChannel channel;
  private final LinkedBlockingQueue<Optional<Message>> messages = new LinkedBlockingQueue<>();
  private volatile Optional<Subscription> subscription = Optional.empty();

  /// Of a message whose last frame has not come; only the subscriber's calls touch it.
  private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

  private boolean isText;

  /// A frame was asked for and has not come: only then silence says anything. Guarded by this
  /// object, as is `silentLooks`.
  private boolean waiting;

  private int silentLooks;
  private boolean closed;

  /// What came whole.
  record Message(boolean isText, byte[] content) {
    String text() {
      return new String(content, StandardCharsets.UTF_8);
    }
  }

  SocketEnd(ServiceRequestContext context, WebSocketWriter out) {
    this.out = out;
    this.channel = new WebSocketChannel(context, out, "");
  }

  /// The next message; empty when the connection is over.
  Optional<Message> receive() throws InterruptedException {
    Optional<Message> next = messages.poll();
    if (next == null) {
      ask();
      next = messages.take();
    }
    return again(next);
  }

  /// As [#receive], but empty also when none comes in that time.
  Optional<Message> receive(Duration longest) throws InterruptedException {
    Optional<Message> next = messages.poll();
    if (next == null) {
      ask();
      next = messages.poll(longest.toMillis(), TimeUnit.MILLISECONDS);
    }
    return next == null ? Optional.empty() : again(next);
  }

  private Optional<Message> again(Optional<Message> next) {
    if (next.isEmpty()) {
      messages.add(next); // for the next one who asks
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

  private synchronized void heard(boolean isMessage) {
    silentLooks = 0;
    if (isMessage) {
      waiting = false;
    }
  }

  /// Lasts until the network has taken it.
  ///
  /// @return false when the connection is over
  boolean send(WebSocketFrame frame) throws InterruptedException {
    if (!out.tryWrite(frame)) {
      return false;
    }
    try {
      out.whenConsumed().get();
      return true;
    } catch (ExecutionException e) {
      return false;
    }
  }

  boolean isOpen() {
    return out.isOpen();
  }

  /// Calls the task when the connection is over, perhaps at once.
  void onClose(Runnable task) {
    out.whenComplete().whenComplete((done, problem) -> task.run());
  }

  void close(int code, String reason) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    channel.close(code, reason);
    messages.add(Optional.empty());
  }

  /// Asks for a sign of life, and cuts a connection that has given none for three times: of one
  /// that is to send something, as the others may be held up by what they have not been asked for.
  void look() {
    boolean silent;
    synchronized (this) {
      silent = waiting && ++silentLooks > MAX_SILENT_LOOKS;
    }
    if (silent) {
      close(CloseCode.GOING_AWAY, "nothing heard for 45 s");
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
          notYet();
        }
        case PONG -> notYet();
        case CLOSE -> {
          close(CloseCode.NORMAL, "");
          notYet();
        }
      }
    }
  }

  /// What came is no answer to who waits.
  private void notYet() {
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
      notYet();
      return;
    }
    Message whole = new Message(isText, parts.toByteArray());
    parts.reset();
    heard(true);
    messages.add(Optional.of(whole));
  }

  @Override
  public void onError(Throwable problem) {
    messages.add(Optional.empty());
  }

  @Override
  public void onComplete() {
    messages.add(Optional.empty());
  }

  /// Begins to read what the other side sends.
  SocketEnd reading(WebSocket in) {
    in.subscribe(this);
    return this;
  }
}
