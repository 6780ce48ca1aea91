package muster.connect;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

/// The answer of one call in its protocol. Its callers take turns: [Call] holds its lock.
abstract sealed class Responder {

  /// Below it compressing costs more than it saves.
  private static final int WORTH_COMPRESSING = 1024;

  final Conversation talk;

  Responder(Conversation talk) {
    this.talk = talk;
  }

  static Responder of(Conversation talk) {
    return switch (talk.wire()) {
      case CONNECT_UNARY -> new Unary(talk);
      case CONNECT_STREAM -> new ConnectStream(talk);
      case GRPC, GRPC_WEB, GRPC_WEB_TEXT -> new Grpc(talk);
    };
  }

  abstract HttpResponse response();

  /// Done when nothing that was written waits to be sent.
  abstract CompletableFuture<Void> consumed();

  abstract void headers(Metadata headers);

  /// @return bytes that wait to be sent because of it
  abstract int message(byte[] message, boolean compress);

  /// Ends the answer, [#headers] having been called or not.
  abstract void close(Status status, Metadata trailers);

  final ResponseHeadersBuilder begin(int status, String contentType) {
    return ResponseHeaders.builder(HttpStatus.valueOf(status))
        .set("content-type", contentType)
        .set(talk.wire().acceptHeader(), Compression.SUPPORTED);
  }

  final boolean worth(byte[] message, boolean compress) {
    return compress && talk.answer() != Compression.IDENTITY && message.length >= WORTH_COMPRESSING;
  }

  final byte[] framed(byte[] message, boolean compress) {
    return worth(message, compress)
        ? Frames.envelope(1, talk.answer().compress(message))
        : Frames.envelope(0, message);
  }

  /// An answer that is sent as it comes.
  abstract static sealed class Streaming extends Responder {
    final HttpResponseWriter http = HttpResponse.streaming();

    Streaming(Conversation talk) {
      super(talk);
    }

    @Override
    HttpResponse response() {
      return http;
    }

    @Override
    CompletableFuture<Void> consumed() {
      return http.whenConsumed();
    }

    /// Sends to a caller who may be gone; [Call] hears of that by the writer's end.
    final void send(HttpObject part) {
      boolean unused = http.tryWrite(part);
    }

    final int write(byte[] bytes) {
      return http.tryWrite(HttpData.wrap(bytes)) ? bytes.length : 0;
    }
  }

  /// gRPC in its three forms.
  static final class Grpc extends Streaming {
    private boolean begun;

    Grpc(Conversation talk) {
      super(talk);
    }

    @Override
    void headers(Metadata headers) {
      var head = begin(200, talk.contentType());
      if (talk.answer() != Compression.IDENTITY) {
        head.set("grpc-encoding", talk.answer().word());
      }
      MetadataHeaders.write(headers, head::add);
      send(head.build());
      begun = true;
    }

    @Override
    int message(byte[] message, boolean compress) {
      return write(text(framed(message, compress)));
    }

    @Override
    void close(Status status, Metadata trailers) {
      if (talk.wire() == Wire.GRPC) {
        if (begun) {
          var last = HttpHeaders.builder();
          trailers(status, trailers, last::add);
          send(last.build());
        } else {
          var only = begin(200, talk.contentType());
          trailers(status, trailers, only::add);
          send(only.endOfStream(true).build());
        }
      } else {
        if (!begun) {
          headers(new Metadata());
        }
        var block = new StringBuilder();
        trailers(status, trailers, (name, value) -> block.append(name + ": " + value + "\r\n"));
        write(text(Frames.envelope(0x80, block.toString().getBytes(StandardCharsets.US_ASCII))));
      }
      http.close();
    }

    private byte[] text(byte[] bytes) {
      return talk.wire() == Wire.GRPC_WEB_TEXT ? Base64.getEncoder().encode(bytes) : bytes;
    }

    static void trailers(
        Status status, Metadata trailers, java.util.function.BiConsumer<String, String> to) {
      to.accept("grpc-status", Integer.toString(status.getCode().value()));
      var message = status.getDescription();
      if (message != null) {
        to.accept("grpc-message", PercentCoding.encode(message));
      }
      var proto = status.isOk() ? null : ErrorJson.proto(status, trailers);
      if (proto != null && proto.getDetailsCount() > 0) {
        to.accept("grpc-status-details-bin", MetadataHeaders.encode(proto.toByteArray()));
      }
      MetadataHeaders.write(trailers, to);
    }
  }

  /// A Connect stream: HTTP 200 whatever happens, the outcome in the last envelope.
  static final class ConnectStream extends Streaming {
    private static final int END = 2;
    private boolean begun;

    ConnectStream(Conversation talk) {
      super(talk);
    }

    @Override
    void headers(Metadata headers) {
      var head = begin(200, talk.contentType());
      if (talk.answer() != Compression.IDENTITY) {
        head.set("connect-content-encoding", talk.answer().word());
      }
      MetadataHeaders.write(headers, head::add);
      send(head.build());
      begun = true;
    }

    @Override
    int message(byte[] message, boolean compress) {
      return write(framed(message, compress));
    }

    @Override
    void close(Status status, Metadata trailers) {
      if (!begun) {
        headers(new Metadata());
      }
      write(
          Frames.envelope(
              END, ErrorJson.bytes(ErrorJson.endOfStream(status, trailers, talk.types()))));
      http.close();
    }
  }

  /// A Connect unary answer: nothing is sent before the outcome is known.
  static final class Unary extends Responder {
    private final CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    private final HttpResponse response = HttpResponse.of(answer);
    private Metadata headers = new Metadata();
    private byte @org.jspecify.annotations.Nullable [] message;
    private boolean compress;

    Unary(Conversation talk) {
      super(talk);
    }

    @Override
    HttpResponse response() {
      return response;
    }

    @Override
    CompletableFuture<Void> consumed() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    void headers(Metadata headers) {
      this.headers = headers;
    }

    @Override
    int message(byte[] message, boolean compress) {
      this.message = message;
      this.compress = compress;
      return 0;
    }

    @Override
    void close(Status status, Metadata trailers) {
      if (status.isOk() && message == null) {
        status = Status.INTERNAL.withDescription("the method ended without an answer");
      }
      byte[] body;
      ResponseHeadersBuilder head;
      if (status.isOk() && message != null) {
        head = begin(200, talk.contentType());
        body = message;
        if (worth(body, compress)) {
          body = talk.answer().compress(body);
          head.set("content-encoding", talk.answer().word());
        }
      } else {
        var error = ErrorJson.proto(status, trailers);
        if (talk.plain().isPresent()) {
          var plain = talk.plain().get().answer(error, talk.headers());
          head = begin(plain.httpStatus(), "application/json");
          body = plain.bytes();
        } else {
          head = begin(Codes.httpStatus(status.getCode()), "application/json");
          body = ErrorJson.bytes(ErrorJson.connect(error, talk.types()));
        }
      }
      MetadataHeaders.write(headers, head::add);
      MetadataHeaders.write(trailers, (name, value) -> head.add("trailer-" + name, value));
      head.set("vary", "Accept-Encoding").setInt("content-length", body.length);
      // In one piece: a caller at the end of its patience would otherwise see half an answer.
      answer.complete(HttpResponse.of(head.build(), HttpData.wrap(body)));
    }
  }
}
