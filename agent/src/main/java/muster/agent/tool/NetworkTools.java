package muster.agent.tool;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import muster.agent.host.NetworkTables;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The network as this machine sees it.
final class NetworkTools {
  static final String PING = "ping";
  static final String TRACEROUTE = "traceroute";
  static final String TRACEPATH = "tracepath";

  private static final String HOST = "[a-zA-Z0-9_:][a-zA-Z0-9._:-]{0,252}";
  private static final int MOST_ROUTES = 500;
  private static final NetworkTables TABLES = new NetworkTables(Path.of("/"));

  private NetworkTools() {}

  static String host(Args args, String field) {
    String host = args.text(field);
    if (!host.matches(HOST)) {
      throw new FieldException("args." + field, host, "a host's name or address");
    }
    return host;
  }

  static Job test(JsonObject json) {
    Args args = new Args(json, "target", "mode");
    String target = host(args, "target");
    String mode = args.word("mode", "ping", "trace");
    return Job.of(
        policy -> policy.requireHost(target),
        desk -> {
          InetAddress address = address(target);
          desk.policy().requireAddress(target, address);
          Printed printed = desk.run(program(desk, mode, address.getHostAddress()));
          // Both end with 1 when nobody answers, which is an answer.
          if (printed.exitCode() > 1) {
            throw printed.failure();
          }
          desk.print(
              JsonObject.builder()
                  .put("target", target)
                  .put("address", address.getHostAddress())
                  .put("mode", mode)
                  .put("reached", printed.exitCode() == 0)
                  .put("lines", printed.out().lines().filter(line -> !line.isBlank()).toList())
                  .build());
        });
  }

  private static InetAddress address(String host) throws IOException {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IOException(host + ": no such host", e);
    }
  }

  private static Program program(Desk desk, String mode, String address) {
    if (mode.equals("ping")) {
      return Program.of(PING, "-n", "-c", "4", "-W", "2", address);
    }
    return desk.has(TRACEROUTE) || !desk.has(TRACEPATH)
        ? Program.of(TRACEROUTE, "-n", "-q", "1", "-w", "2", "-m", "20", address)
        : Program.of(TRACEPATH, "-n", "-m", "20", address);
  }

  static Job stats(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      List<JsonObject> interfaces =
          TABLES.traffic().stream()
              .map(traffic ->
                  JsonObject.builder()
                      .put("name", traffic.name())
                      .put("bytes_recv", traffic.counters().get(0))
                      .put("packets_recv", traffic.counters().get(1))
                      .put("errors_recv", traffic.counters().get(2))
                      .put("dropped_recv", traffic.counters().get(3))
                      .put("bytes_sent", traffic.counters().get(8))
                      .put("packets_sent", traffic.counters().get(9))
                      .put("errors_sent", traffic.counters().get(10))
                      .put("dropped_sent", traffic.counters().get(11))
                      .build())
              .toList();
      JsonObject.Builder sockets = JsonObject.builder();
      TABLES.sockets().forEach((kind, count) -> sockets.put(kind.toLowerCase(), count));
      desk.print(
          JsonObject.builder()
              .put("interfaces", interfaces)
              .put("sockets", sockets.build())
              .build());
    });
  }

  static Job config(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      List<JsonObject> interfaces = new ArrayList<>();
      for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        interfaces.add(config(each));
      }
      List<JsonObject> routes =
          TABLES.routes().stream()
              .limit(MOST_ROUTES)
              .map(route ->
                  JsonObject.builder()
                      .put("destination", route.destination())
                      .put("gateway", route.gateway().map(InetAddress::getHostAddress))
                      .put("interface", route.interfaceName())
                      .put("metric", route.metric())
                      .build())
              .toList();
      desk.print(
          JsonObject.builder()
              .put("hostname", desk.facts().hostname())
              .put("interfaces", interfaces)
              .put("routes", routes)
              .put("name_servers", TABLES.resolver("nameserver"))
              .put("search", TABLES.resolver("search"))
              .build());
    });
  }

  private static JsonObject config(NetworkInterface each) throws IOException {
    List<String> addresses = new ArrayList<>();
    for (InterfaceAddress address : each.getInterfaceAddresses()) {
      String text = address.getAddress().getHostAddress();
      int scope = text.indexOf('%');
      addresses.add(
          (scope < 0 ? text : text.substring(0, scope)) + "/" + address.getNetworkPrefixLength());
    }
    byte[] mac = each.getHardwareAddress();
    return JsonObject.builder()
        .put("name", each.getName())
        .put("up", each.isUp())
        .put("mtu", each.getMTU())
        .put("mac", mac == null ? "" : HexFormat.ofDelimiter(":").formatHex(mac))
        .put("addresses", addresses)
        .build();
  }

  static Job discover(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      List<JsonObject> neighbours =
          TABLES.neighbours().stream()
              .map(neighbour ->
                  JsonObject.builder()
                      .put("address", neighbour.address())
                      .put("mac", neighbour.mac())
                      .put("interface", neighbour.interfaceName())
                      .build())
              .toList();
      desk.print(JsonObject.builder().put("neighbours", neighbours).build());
    });
  }
}
