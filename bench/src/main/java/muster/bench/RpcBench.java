package muster.bench;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import muster.auth.Token;
import muster.fleetd.v1.GetDeviceRequest;
import muster.fleetd.v1.ListDevicesRequest;

/// fleetd's GetDevice and ListDevices by Connect (JSON and binary, HTTP/1.1) and gRPC (HTTP/2),
/// each beside a constant answer of the bare HTTP stack to the same client.
final class RpcBench {
  private static final int CONNECTIONS = 16;
  private static final String SERVICE = "/fleetd.v1.DeviceService/";

  private final int devices;
  private final Duration measured;
  private final String key;

  private RpcBench(int devices, Duration measured, String key) {
    this.devices = devices;
    this.measured = measured;
    this.key = key;
  }

  /// @param args `rpc`, how many devices (100,000), how many seconds each (10)
  static void run(String[] args) throws Exception {
    int devices = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
    int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 10;
    String key = Token.random(Token.Kind.KEY).text();
    new RpcBench(devices, Duration.ofSeconds(seconds), key).run();
  }

  private void run() throws Exception {
    Path work = Files.createTempDirectory("muster-bench");
    System.out.printf(
        "%d processors, %d MiB, JDK %s%n%d devices, %d connections, %d s each after a"
            + " round of warm-up%n%n",
        Runtime.getRuntime().availableProcessors(),
        Machine.memoryMebibytes(),
        Runtime.version(),
        devices,
        CONNECTIONS,
        measured.toSeconds());
    Fleet.write(work.resolve("data/server/muster.db"), devices);
    int port = Programs.freePort();
    int bare = Programs.freePort();
    try (Programs programs = new Programs(work)) {
      programs.bareServer(Map.of("MUSTER_ADMIN_KEY", key), port, work.resolve("data"));
      Path body = work.resolve("constant");
      Files.writeString(body, "{\"device\":{\"id\":\"" + "x".repeat(600) + "\"}}");
      programs.java(
          "muster.bench.ConstantServer", Map.of(), bare, Integer.toString(bare), body.toString());
      GetDeviceRequest get = GetDeviceRequest.newBuilder().setDeviceId(Fleet.id(7).value()).build();
      ListDevicesRequest list = ListDevicesRequest.newBuilder().setPageSize(100).build();
      List<Case> cases = new ArrayList<>();
      cases.add(connect("constant, HTTP/1.1", bare, "/", json(get), "application/json"));
      for (Message request : List.of(get, list)) {
        String method = request == get ? "GetDevice" : "ListDevices";
        String path = SERVICE + method;
        cases.add(
            connect(method + ", Connect JSON", port, path, json(request), "application/json"));
        cases.add(
            connect(
                method + ", Connect binary",
                port,
                path,
                request.toByteArray(),
                "application/proto"));
      }
      cases.add(grpc("constant, HTTP/2", bare, "/", get));
      cases.add(grpc("GetDevice, gRPC", port, SERVICE + "GetDevice", get));
      cases.add(grpc("ListDevices, gRPC", port, SERVICE + "ListDevices", list));
      for (Case each : cases) {
        each.load().call(); // all of them, before any is measured: they share their code
      }
      double constant = 0;
      for (Case each : cases) {
        boolean isConstant = each.name().startsWith("constant");
        Load.Figures figures = each.load().call();
        print(each.name(), figures, isConstant ? 0 : constant);
        constant = isConstant ? figures.perSecond() : constant;
      }
    }
  }

  /// One kind of request, under load for as long as is measured.
  private record Case(String name, Callable<Load.Figures> load) {}

  private static byte[] json(Message message) throws IOException {
    return JsonFormat.printer().print(message).getBytes(StandardCharsets.UTF_8);
  }

  private Case connect(String name, int port, String path, byte[] body, String type) {
    byte[] head =
        ("POST "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\nConnect-Protocol-Version: 1\r\nContent-Type: "
                + type
                + "\r\nAuthorization: Bearer "
                + key
                + "\r\nContent-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] request = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, request, head.length, body.length);
    Load load = new Load(port, CONNECTIONS, key);
    return new Case(name, () -> load.once(n -> request, measured));
  }

  private Case grpc(String name, int port, String path, Message message) {
    byte[] bytes = message.toByteArray();
    byte[] frame =
        ByteBuffer.allocate(5 + bytes.length).put((byte) 0).putInt(bytes.length).put(bytes).array();
    WebClient client = WebClient.of("h2c://127.0.0.1:" + port);
    RequestHeaders headers =
        RequestHeaders.of(
            HttpMethod.POST,
            path,
            "content-type",
            "application/grpc",
            "te",
            "trailers",
            "authorization",
            "Bearer " + key);
    return new Case(name, () -> loop(client, headers, frame));
  }

  private Load.Figures loop(WebClient client, RequestHeaders headers, byte[] frame)
      throws InterruptedException {
    long end = System.nanoTime() + measured.toNanos();
    List<Long> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                List<Long> mine = new ArrayList<>();
                while (System.nanoTime() < end) {
                  long start = System.nanoTime();
                  AggregatedHttpResponse answer =
                      client
                          .execute(HttpRequest.of(headers, HttpData.wrap(frame)))
                          .aggregate()
                          .join();
                  if (answer.status().code() != 200
                      || !answer.trailers().get("grpc-status", "0").equals("0")) {
                    throw new IllegalStateException(answer.toString());
                  }
                  mine.add(System.nanoTime() - start);
                }
                synchronized (all) {
                  all.addAll(mine);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return Load.Figures.of(
        all.stream().mapToLong(Long::longValue).toArray(), measured.toNanos() / 1e9);
  }

  /// @param constant answers a second of the bare stack; 0 = this is it
  private static void print(String name, Load.Figures figures, double constant) {
    String ratio =
        constant == 0
            ? ""
            : String.format(Locale.ROOT, "   ratio %.3f", figures.perSecond() / constant);
    System.out.printf("%-28s %s%s%n", name, figures, ratio);
  }
}
