package muster.connect;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.Server;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import muster.connect.test.v1.Answer;
import muster.connect.test.v1.Ask;
import muster.connect.test.v1.EchoServiceGrpc;

/// A server with [EchoServiceGrpc] on a free port, and callers for it.
final class EchoServer implements AutoCloseable {

  static final String ECHO = "/muster.connect.test.v1.EchoService/";

  final Echo echo = new Echo();
  final Server server;

  EchoServer(ConnectServiceBuilder connect) {
    server =
        Server.builder()
            .http(new InetSocketAddress("127.0.0.1", 0))
            .service(connect.service(echo).build())
            .build();
    server.start().join();
  }

  WebClient client(String protocol) {
    return WebClient.of(protocol + "://127.0.0.1:" + server.activeLocalPort());
  }

  /// @param headers names and values in turn
  AggregatedHttpResponse post(String method, String type, byte[] body, String... headers) {
    var head = RequestHeaders.builder(com.linecorp.armeria.common.HttpMethod.POST, ECHO + method);
    head.set("content-type", type);
    for (int i = 0; i < headers.length; i += 2) {
      head.add(headers[i], headers[i + 1]);
    }
    return client("h2c")
        .execute(HttpRequest.of(head.build(), HttpData.wrap(body)))
        .aggregate()
        .join();
  }

  AggregatedHttpResponse json(String method, String body, String... headers) {
    return post(method, "application/json", body.getBytes(StandardCharsets.UTF_8), headers);
  }

  AggregatedHttpResponse get(String pathAndQuery) {
    return client("h1c").get(ECHO + pathAndQuery).aggregate().join();
  }

  /// Nobody waits for the end: Netty's quiet period is 2 s, and each test has its own port.
  @Override
  public void close() {
    var unused = server.closeAsync();
  }

  /// Answers with what it was asked; the name `fail:<CODE>` fails, `hang` waits for its own end.
  static final class Echo extends EchoServiceGrpc.EchoServiceImplBase {
    final CountDownLatch cancelled = new CountDownLatch(1);
    final AtomicInteger sent = new AtomicInteger();

    @Override
    public void get(Ask ask, StreamObserver<Answer> answers) {
      if (ask.getName().startsWith("fail:")) {
        answers.onError(
            io.grpc.protobuf.StatusProto.toStatusRuntimeException(
                com.google.rpc.Status.newBuilder()
                    .setCode(Status.Code.valueOf(ask.getName().substring(5)).value())
                    .setMessage("as asked: ü")
                    .addDetails(
                        com.google.protobuf.Any.pack(
                            com.google.rpc.ErrorInfo.newBuilder()
                                .setReason("ASKED")
                                .putMetadata("request_id", "abc123")
                                .build()))
                    .build()));
      } else if (ask.getName().equals("hang")) {
        Context.current().addListener(context -> cancelled.countDown(), Runnable::run);
      } else {
        answers.onNext(Answer.newBuilder().setName(ask.getName()).setAsk(ask).build());
        answers.onCompleted();
      }
    }

    @Override
    public void change(Ask ask, StreamObserver<Answer> answers) {
      get(ask, answers);
    }

    @Override
    public void watch(Ask ask, StreamObserver<Answer> answers) {
      for (int i = 0; i < ask.getPageSize() && !Context.current().isCancelled(); i++) {
        answers.onNext(
            Answer.newBuilder()
                .setCount(i)
                .setPayload(ByteString.copyFrom(new byte[ask.getPayload().size()]))
                .build());
        sent.incrementAndGet();
      }
      if (Context.current().isCancelled()) {
        cancelled.countDown();
      }
      answers.onCompleted();
    }

    @Override
    public StreamObserver<Ask> collect(StreamObserver<Answer> answers) {
      var count = new AtomicInteger();
      return new StreamObserver<>() {
        @Override
        public void onNext(Ask ask) {
          count.incrementAndGet();
        }

        @Override
        public void onError(Throwable cause) {
          cancelled.countDown();
        }

        @Override
        public void onCompleted() {
          answers.onNext(Answer.newBuilder().setCount(count.get()).build());
          answers.onCompleted();
        }
      };
    }
  }
}
