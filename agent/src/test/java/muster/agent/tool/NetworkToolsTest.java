package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import muster.agent.host.DnsMessage;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;
import org.junit.jupiter.api.Test;

class NetworkToolsTest extends FileCase {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private JsonObject tell(String tool, String args) throws Exception {
    return new TestDesk(Policy.open(Optional.empty())).run(tool, args).json();
  }

  @Test
  void config_hasTheLoopback_withItsAddress() throws Exception {
    JsonObject config = tell("network_config", "{}");

    JsonObject lo =
        config.objects("interfaces", each -> each).stream()
            .filter(each -> each.string("name").equals("lo"))
            .findFirst()
            .orElseThrow();
    assertThat(lo.flag("up")).isTrue();
    assertThat(lo.strings("addresses")).contains("127.0.0.1/8");
    assertThat(config.has("routes")).isTrue();
    assertThat(config.string("hostname")).isEqualTo("web-1");
  }

  @Test
  void stats_countWhatGoesOverTheLoopback() throws Exception {
    long before = sent();
    try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
      byte[] bytes = new byte[10_000];
      socket.send(new DatagramPacket(bytes, bytes.length, LOOPBACK, socket.getLocalPort()));
    }
    assertThat(sent() - before).isGreaterThanOrEqualTo(10_000);
    assertThat(tell("network_stats", "{}").object("sockets").integer("tcp")).isNotNegative();
    assertThat(tell("network_discover", "{}").has("neighbours")).isTrue();
  }

  private long sent() throws Exception {
    return tell("network_stats", "{}").objects("interfaces", each -> each).stream()
        .filter(each -> each.string("name").equals("lo"))
        .findFirst()
        .orElseThrow()
        .integer("bytes_sent");
  }

  @Test
  void discoverServices_findsASocketThatListens_andItsProcess() throws Exception {
    try (ServerSocket tcp = new ServerSocket(0, 1, LOOPBACK);
        DatagramSocket udp = new DatagramSocket(0, LOOPBACK)) {
      List<JsonObject> services = tell("discover_services", "{}").objects("services", each -> each);

      for (int port : List.of(tcp.getLocalPort(), udp.getLocalPort())) {
        JsonObject service =
            services.stream()
                .filter(each -> each.integer("port") == port)
                .findFirst()
                .orElseThrow();
        assertThat(service.string("address")).contains("127.0.0.1");
        assertThat(service.integer("pid")).isEqualTo(ProcessHandle.current().pid());
        assertThat(service.string("process")).isNotBlank();
      }
    }
  }

  @Test
  void endpointCheck_tellsStatusAndTime_andFollowsNothing() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/");
          exchange.sendResponseHeaders(
              exchange.getRequestURI().getPath().equals("/moved") ? 301 : 503, -1);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      TestDesk desk = new TestDesk(policy("{\"http\":{\"allow\":[\"127.0.0.1\"]}}"));
      JsonObject moved =
          desk.run("endpoint_check", "{\"url\":\"" + url + "/moved\",\"method\":\"HEAD\"}").json();
      assertThat(moved.integer("status")).isEqualTo(301);
      assertThat(moved.flag("ok")).isTrue();
      assertThat(moved.string("location")).isEqualTo("http://127.0.0.1:1/");
      assertThat(moved.integer("duration_ms")).isNotNegative();
      TestDesk again = new TestDesk(policy("{\"http\":{\"allow\":[\"127.0.0.1\"]}}"));
      JsonObject broken = again.run("endpoint_check", "{\"url\":\"" + url + "\"}").json();
      assertThat(broken.integer("status")).isEqualTo(503);
      assertThat(broken.flag("ok")).isFalse();
    } finally {
      server.stop(0);
    }
  }

  @Test
  void endpointCheck_ofAServerThatIsSilent_endsInTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, LOOPBACK)) {
      String url = "http://127.0.0.1:" + silent.getLocalPort() + "/";
      TestDesk desk = new TestDesk(policy("{\"http\":{\"allow\":[\"127.0.0.1\"]}}"));
      assertThatThrownBy(
              () -> desk.run("endpoint_check", "{\"url\":\"" + url + "\",\"timeout\":1}"))
          .isInstanceOf(IOException.class)
          .hasMessage(url + ": no answer within 1 s");
    }
  }

  @Test
  void policy_holdsForEachToolThatTalksToOthers() throws Exception {
    Policy rules = policy("{\"http\":{\"deny\":[\"*.example.org\",\"192.0.2.0/24\"]}}");
    for (String call :
        List.of(
            "dns_lookup {\"host\":\"a.example.org\"}",
            "dns_lookup {\"host\":\"192.0.2.1\",\"type\":\"PTR\"}",
            "network_test {\"target\":\"a.example.org\"}",
            "network_test {\"target\":\"192.0.2.1\"}",
            "endpoint_check {\"url\":\"http://a.example.org/\"}")) {
      String[] words = call.split(" ", 2);
      assertThatThrownBy(() -> new TestDesk(rules).run(words[0], words[1]))
          .as(call)
          .isInstanceOf(DeniedException.class);
    }
    assertThatThrownBy(() ->
            new TestDesk(rules).run("endpoint_check", "{\"url\":\"http://169.254.169.254/\"}"))
        .isInstanceOf(DeniedException.class);
  }

  @Test
  void networkTest_withoutThePrograms_saysWhich() {
    assertThatThrownBy(() -> tell("network_test", "{\"target\":\"192.0.2.1\"}"))
        .hasMessage("ping is not on this machine");
    assertThatThrownBy(() -> tell("network_test", "{\"target\":\"-f\"}"))
        .hasMessageContaining("args.target");
  }

  @Test
  void dnsLookup_asksTheNameServer_andOverTcpWhenThereIsMore() throws Exception {
    try (DatagramSocket udp = new DatagramSocket(0, LOOPBACK);
        ServerSocket tcp = new ServerSocket(udp.getLocalPort(), 1, LOOPBACK)) {
      Thread server = new Thread(() -> serve(udp, tcp), "name server");
      server.setDaemon(true);
      server.start();
      DnsLookup lookup =
          new DnsLookup(
              "web.example.org",
              "web.example.org",
              DnsMessage.Type.A,
              List.of(new InetSocketAddress(LOOPBACK, udp.getLocalPort())));
      TestDesk desk = new TestDesk(Policy.open(Optional.empty()));
      lookup.run(desk);

      assertThat(desk.json().strings("answers")).containsExactly("192.0.2.7");
    }
  }

  /// Answers over UDP that there is more, and over TCP with one address.
  private static void serve(DatagramSocket udp, ServerSocket tcp) {
    try {
      DatagramPacket packet = new DatagramPacket(new byte[512], 512);
      udp.receive(packet);
      byte[] question = Arrays.copyOf(packet.getData(), packet.getLength());
      ByteBuffer.wrap(question).putShort(2, (short) 0x8200);
      udp.send(new DatagramPacket(question, question.length, packet.getSocketAddress()));
      try (Socket socket = tcp.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] asked = new byte[in.readUnsignedShort()];
        in.readFully(asked);
        byte[] answer = {(byte) 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (byte) 192, 0, 2, 7};
        ByteBuffer.wrap(asked).putShort(2, (short) 0x8000).putShort(6, (short) 1);
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(asked.length + answer.length);
        out.write(asked);
        out.write(answer);
        out.flush();
      }
    } catch (IOException e) {
      // The test is over.
    }
  }
}
