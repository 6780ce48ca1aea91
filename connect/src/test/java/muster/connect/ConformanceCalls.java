package muster.connect;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import com.linecorp.armeria.common.QueryParams;
import connectrpc.conformance.v1.BidiStreamRequest;
import connectrpc.conformance.v1.ConformancePayload;
import connectrpc.conformance.v1.ConformanceServiceGrpc;
import connectrpc.conformance.v1.Error;
import connectrpc.conformance.v1.Header;
import connectrpc.conformance.v1.StreamResponseDefinition;
import connectrpc.conformance.v1.UnaryResponseDefinition;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The runner's `ConformanceService`: answers as each request says, with what was received.
final class ConformanceCalls {

  private ConformanceCalls() {}

  static ServerServiceDefinition service() {
    var descriptor = ConformanceServiceGrpc.getServiceDescriptor();
    var service = ServerServiceDefinition.builder(descriptor);
    descriptor.getMethods().forEach(method -> add(service, method));
    return service.build();
  }

  private static <Q, A> void add(
      ServerServiceDefinition.Builder service, MethodDescriptor<Q, A> method) {
    service.addMethod(
        method,
        (ServerCallHandler<Q, A>)
            (call, headers) -> {
              call.request(1);
              return new Answering<>(call, headers);
            });
  }

  /// What is to be answered, unary or streaming.
  private record Plan(
      List<Header> headers,
      List<ByteString> data,
      @Nullable Error error,
      List<Header> trailers,
      int delayMillis) {

    static Plan of(Message request) {
      var field = request.getDescriptorForType().findFieldByName("response_definition");
      return switch (request.getField(field)) {
        case UnaryResponseDefinition unary ->
            new Plan(
                unary.getResponseHeadersList(),
                unary.hasError() ? List.of() : List.of(unary.getResponseData()),
                unary.hasError() ? unary.getError() : null,
                unary.getResponseTrailersList(),
                unary.getResponseDelayMs());
        case StreamResponseDefinition stream ->
            new Plan(
                stream.getResponseHeadersList(),
                stream.getResponseDataList(),
                stream.hasError() ? stream.getError() : null,
                stream.getResponseTrailersList(),
                stream.getResponseDelayMs());
        default -> throw new IllegalArgumentException("no definition");
      };
    }
  }

  private static final class Answering<Q, A> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, A> call;
    private final Metadata headers;
    private final List<Any> requests = new ArrayList<>();
    private @Nullable Plan plan;
    private boolean fullDuplex;
    private int sent;

    Answering(ServerCall<Q, A> call, Metadata headers) {
      this.call = call;
      this.headers = headers;
    }

    @Override
    public void onMessage(Q request) {
      var message = (Message) request;
      if (plan == null) {
        plan = Plan.of(message);
        fullDuplex = message instanceof BidiStreamRequest bidi && bidi.getFullDuplex();
        if (fullDuplex) {
          call.sendHeaders(metadata(plan.headers()));
        }
      }
      requests.add(Any.pack(message));
      if (fullDuplex && sent == plan.data().size()) {
        finish();
        return;
      }
      if (fullDuplex) {
        send(plan, sent == 0 ? info() : requestsOnly());
        requests.clear();
      }
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      finish();
    }

    private void finish() {
      var todo = plan == null ? new Plan(List.of(), List.of(), null, List.of(), 0) : plan;
      boolean unary = call.getMethodDescriptor().getType().serverSendsOneMessage();
      if (unary && todo.data().isEmpty() && todo.error() == null) {
        todo = new Plan(todo.headers(), List.of(ByteString.EMPTY), null, todo.trailers(), 0);
      }
      if (!fullDuplex) {
        call.sendHeaders(metadata(todo.headers()));
      }
      if (unary && todo.error() != null) {
        pause(todo);
      }
      while (sent < todo.data().size()) {
        send(todo, sent == 0 ? info() : ConformancePayload.RequestInfo.getDefaultInstance());
      }
      var trailers = metadata(todo.trailers());
      var error = todo.error();
      if (error == null) {
        call.close(io.grpc.Status.OK, trailers);
        return;
      }
      var status =
          Status.newBuilder()
              .setCode(error.getCodeValue())
              .setMessage(error.getMessage())
              .addAllDetails(error.getDetailsList());
      if (sent == 0) {
        status.addDetails(Any.pack(info()));
      }
      var failure = StatusProto.toStatusRuntimeException(status.build(), trailers);
      var all = failure.getTrailers();
      call.close(failure.getStatus(), all == null ? trailers : all);
    }

    private static void pause(Plan plan) {
      if (plan.delayMillis() > 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(plan.delayMillis()));
      }
    }

    @SuppressWarnings("unchecked") // every answer of this service has the field
    private void send(Plan plan, ConformancePayload.RequestInfo info) {
      pause(plan);
      var payload = ConformancePayload.newBuilder().setData(plan.data().get(sent++));
      if (!info.equals(ConformancePayload.RequestInfo.getDefaultInstance())) {
        payload.setRequestInfo(info);
      }
      var marshaller =
          (MethodDescriptor.PrototypeMarshaller<A>)
              call.getMethodDescriptor().getResponseMarshaller();
      var answer = requireNonNull((Message) marshaller.getMessagePrototype()).newBuilderForType();
      answer.setField(answer.getDescriptorForType().findFieldByName("payload"), payload.build());
      call.sendMessage((A) answer.build());
    }

    private ConformancePayload.RequestInfo requestsOnly() {
      return ConformancePayload.RequestInfo.newBuilder().addAllRequests(requests).build();
    }

    private ConformancePayload.RequestInfo info() {
      var info = ConformancePayload.RequestInfo.newBuilder().addAllRequests(requests);
      for (String name : headers.keys()) {
        var header = Header.newBuilder().setName(name);
        if (name.endsWith("-bin")) {
          requireNonNull(headers.getAll(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER)))
              .forEach(
                  v -> header.addValue(Base64.getEncoder().withoutPadding().encodeToString(v)));
        } else {
          requireNonNull(headers.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)))
              .forEach(header::addValue);
        }
        info.addRequestHeaders(header);
      }
      var deadline = Context.current().getDeadline();
      if (deadline != null) {
        info.setTimeoutMs(Math.max(0, deadline.timeRemaining(TimeUnit.MILLISECONDS)));
      }
      var http = requireNonNull(call.getAttributes().get(ConnectAttributes.HEADERS));
      int query = http.path().indexOf('?');
      if (query >= 0) {
        var get = ConformancePayload.ConnectGetInfo.newBuilder();
        QueryParams.fromQueryString(http.path().substring(query + 1))
            .forEach((name, value) ->
                get.addQueryParams(Header.newBuilder().setName(name).addValue(value)));
        info.setConnectGetInfo(get);
      }
      return info.build();
    }

    private static Metadata metadata(List<Header> headers) {
      var metadata = new Metadata();
      for (Header header : headers) {
        for (String value : header.getValueList()) {
          if (header.getName().endsWith("-bin")) {
            metadata.put(
                Metadata.Key.of(header.getName(), Metadata.BINARY_BYTE_MARSHALLER),
                Base64.getDecoder().decode(value));
          } else {
            metadata.put(
                Metadata.Key.of(header.getName(), Metadata.ASCII_STRING_MARSHALLER), value);
          }
        }
      }
      return metadata;
    }
  }
}
