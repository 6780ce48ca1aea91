package muster.connect;

import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One call in any protocol.
///
/// The listener's callbacks and the reading of messages run in the mailbox, one after the other. A
/// handler may answer from any thread; `lock` guards the answer and is not held while waiting. The
/// body is asked for its next chunk only when the handler wants a message that has not come yet,
/// and [#sendMessage] blocks while more than [#HIGH_WATER] bytes wait for a slow reader.
final class Call extends ServerCall<Message, Message> implements Subscriber<HttpObject> {

  /// Bytes that may wait to be sent.
  static final int HIGH_WATER = 1 << 20;

  private static final Logger log = LoggerFactory.getLogger(Call.class);

  private final ServiceRequestContext http;
  private final Rpc rpc;
  private final Conversation talk;
  private final Responder answer;
  private final Frames frames;
  private final Mailbox mailbox;
  private final Attributes attributes;
  private final Context.CancellableContext context;

  private final Object lock = new Object();
  private boolean headersSent;
  private boolean closed;
  private volatile boolean cancelled;
  private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile boolean compress = true;

  private final AtomicInteger requested = new AtomicInteger();
  // Used in the mailbox only.
  private ServerCall.Listener<Message> listener = new ServerCall.Listener<>() {};
  private @Nullable Subscription body;
  private boolean pulling;
  private boolean ended;
  private boolean halfClosed;
  private @Nullable Message only;

  Call(
      ServiceRequestContext http, Rpc rpc, Conversation talk, Responder answer, Executor executor) {
    this.http = http;
    this.rpc = rpc;
    this.talk = talk;
    this.answer = answer;
    this.frames = talk.frames(rpc.limit());
    this.mailbox = new Mailbox(executor);
    this.attributes = ConnectAttributes.of(http, talk);
    this.context =
        talk.timeout()
            .map(timeout ->
                Context.ROOT.withDeadline(
                    Deadline.after(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS),
                    http.eventLoop()))
            .orElseGet(Context.ROOT::withCancellation);
  }

  void start(HttpRequest request, Metadata metadata) {
    context.addListener(this::contextCancelled, Runnable::run);
    answer.response().whenComplete().handle(this::answered);
    mailbox.execute(() -> {
      guarded(() -> listener = rpc.method().getServerCallHandler().startCall(this, metadata));
      guarded(() -> listener.onReady());
    });
    if (talk.message().isPresent()) {
      request.abort();
      mailbox.execute(() -> {
        frames.feed(talk.message().get());
        ended();
      });
    } else {
      request.subscribe(this, http.eventLoop());
    }
  }

  // ---- the caller's messages

  @Override
  public void onSubscribe(Subscription subscription) {
    mailbox.execute(() -> {
      body = subscription;
      deliver();
    });
  }

  @Override
  public void onNext(HttpObject object) {
    if (object instanceof HttpData data) {
      mailbox.execute(() -> {
        pulling = false;
        guarded(() -> frames.feed(data.array()));
        deliver();
      });
    } else {
      mailbox.execute(this::pullAgain); // trailers of a request say nothing to us
    }
  }

  private void pullAgain() {
    pulling = false;
    deliver();
  }

  @Override
  public void onError(Throwable cause) {
    mailbox.execute(() -> cancel(Status.CANCELLED.withDescription("the caller went away")));
  }

  @Override
  public void onComplete() {
    mailbox.execute(this::ended);
  }

  private void ended() {
    ended = true;
    frames.end();
    deliver();
  }

  @Override
  public void request(int messages) {
    requested.addAndGet(messages);
    mailbox.execute(this::deliver);
  }

  private void deliver() {
    guarded(() -> {
      if (rpc.type().clientSendsOneMessage()) {
        deliverOnly();
      } else {
        deliverMany();
      }
    });
  }

  private void deliverMany() {
    while (requested.get() > 0 && !isOver()) {
      var message = frames.next();
      if (message == null) {
        break;
      }
      requested.decrementAndGet();
      listener.onMessage(talk.decode(message, rpc.request()));
    }
    if (isOver() || requested.get() == 0) {
      return;
    }
    if (ended) {
      halfClose();
    } else {
      pull();
    }
  }

  /// One message, no less and no more: known only when the body is over.
  private void deliverOnly() {
    if (isOver() || halfClosed) {
      return;
    }
    for (var message = frames.next(); message != null; message = frames.next()) {
      if (only != null) {
        throw oneExpected("more than one");
      }
      only = talk.decode(message, rpc.request());
    }
    if (!ended) {
      pull();
    } else if (only == null) {
      throw oneExpected("none");
    } else if (requested.get() > 0) {
      listener.onMessage(only);
      halfClose();
    }
  }

  private static StatusRuntimeException oneExpected(String got) {
    return Status.UNIMPLEMENTED
        .withDescription("messages: " + got + " (expected: exactly one)")
        .asRuntimeException();
  }

  private void halfClose() {
    if (!halfClosed) {
      halfClosed = true;
      listener.onHalfClose();
    }
  }

  private void pull() {
    if (body != null && !pulling && !ended) {
      pulling = true;
      body.request(1);
    }
  }

  // ---- the handler's answer

  @Override
  public void sendHeaders(Metadata headers) {
    synchronized (lock) {
      if (!closed && !headersSent) {
        headersSent = true;
        answer.headers(headers);
      }
    }
  }

  @Override
  public void sendMessage(Message message) {
    var bytes = talk.codec().encode(message);
    synchronized (lock) {
      if (closed) {
        return;
      }
      waiting.addAndGet(answer.message(bytes, compress));
    }
    if (waiting.get() >= HIGH_WATER) {
      awaitReader();
    }
  }

  private void awaitReader() {
    var room =
        answer
            .consumed()
            .handle((ok, cause) -> {
              waiting.set(0);
              mailbox.execute(() -> guarded(() -> listener.onReady()));
              return (Void) null;
            });
    if (!http.eventLoop().inEventLoop()) {
      CompletableFuture.anyOf(room, over).join();
    }
  }

  @Override
  public boolean isReady() {
    return !isOver() && waiting.get() < HIGH_WATER;
  }

  @Override
  public void setMessageCompression(boolean enabled) {
    compress = enabled;
  }

  @Override
  public void close(Status status, Metadata trailers) {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      answer.close(status, trailers);
    }
    over.complete(null);
    mailbox.execute(this::stopReading);
  }

  /// Ends the call for a reason the handler did not give; it hears `onCancel`.
  private void cancel(Status status) {
    cancelled = true;
    close(status, new Metadata());
    context.cancel(status.asRuntimeException());
  }

  private void contextCancelled(Context cancelledContext) {
    if (cancelledContext.cancellationCause() instanceof TimeoutException) {
      cancel(Status.DEADLINE_EXCEEDED.withDescription("the caller's timeout has passed"));
    }
  }

  /// The answer was sent, or could not be.
  private @Nullable Void answered(@Nullable Void done, @Nullable Throwable cause) {
    synchronized (lock) {
      closed = true;
    }
    boolean failed = cancelled || cause != null;
    over.complete(null);
    context.cancel(failed ? cause : null);
    mailbox.execute(() -> {
      stopReading();
      context.run(() -> {
        try {
          if (failed) {
            listener.onCancel();
          } else {
            listener.onComplete();
          }
        } catch (RuntimeException e) {
          log.warn("{} failed after its end", name(), e);
        }
      });
    });
    return null;
  }

  /// In the event loop, which else may be about to hand over more of the body: HTTP/1.1 would take
  /// that for its own failure, and answer with it.
  private void stopReading() {
    if (body != null && !ended) {
      http.eventLoop().execute(body::cancel);
      body = null;
    }
  }

  private boolean isOver() {
    synchronized (lock) {
      return closed;
    }
  }

  /// Runs a part of the call; what it throws ends the call.
  private void guarded(Runnable part) {
    try {
      context.run(part);
    } catch (StatusRuntimeException e) {
      var trailers = e.getTrailers();
      cancelled = true;
      close(e.getStatus(), trailers == null ? new Metadata() : trailers);
    } catch (RuntimeException | StackOverflowError e) {
      log.error("{} failed", name(), e);
      cancel(Status.UNKNOWN.withDescription("the server failed"));
    }
  }

  private String name() {
    return getMethodDescriptor().getFullMethodName();
  }

  @Override
  public boolean isCancelled() {
    return cancelled || answer.response().whenComplete().isCompletedExceptionally();
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public @Nullable String getAuthority() {
    return talk.headers().authority();
  }

  @Override
  public MethodDescriptor<Message, Message> getMethodDescriptor() {
    return rpc.method().getMethodDescriptor();
  }
}
