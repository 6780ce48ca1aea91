package muster.agent.tool;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import muster.agent.host.DnsMessage;
import muster.agent.host.NetworkTables;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The tool `dns_lookup`: what the machine's name servers answer, `/etc/hosts` and the like left
/// aside.
///
/// @param name as the name server is asked for it
/// @param servers to ask, one after the other; empty means those of this machine
record DnsLookup(String host, String name, DnsMessage.Type type, List<InetSocketAddress> servers)
    implements Job {
  private static final int PORT = 53;
  private static final int TRIES = 2;
  private static final int WITHIN_MILLIS = 2000;
  private static final int MOST_BYTES = 65_535;

  static DnsLookup parse(JsonObject json) {
    Args args = new Args(json, "host", "type");
    String host = NetworkTools.host(args, "host");
    DnsMessage.Type type =
        DnsMessage.Type.valueOf(
            args.word("type", "A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "PTR"));
    String name = type == DnsMessage.Type.PTR ? reverse(host) : host;
    return new DnsLookup(host, name, type, List.of());
  }

  @Override
  public void check(Policy policy) {
    policy.requireHost(host);
  }

  @Override
  public void run(Desk desk) throws IOException {
    List<InetSocketAddress> all = servers.isEmpty() ? ofMachine() : servers;
    if (all.isEmpty()) {
      throw new IOException(host + ": /etc/resolv.conf names no name server");
    }
    DnsMessage.Answer answer = ask(desk, all);
    desk.print(
        JsonObject.builder()
            .put("host", host)
            .put("type", type.name())
            .put("answers", answer.records())
            .build());
  }

  private static List<InetSocketAddress> ofMachine() {
    return new NetworkTables(Path.of("/"))
        .resolver("nameserver").stream()
            .map(server -> new InetSocketAddress(server, PORT))
            .filter(server -> !server.isUnresolved())
            .toList();
  }

  private DnsMessage.Answer ask(Desk desk, List<InetSocketAddress> all) throws IOException {
    IOException problem = new IOException(host + ": no answer");
    for (int i = 0; i < TRIES * all.size(); i++) {
      InetSocketAddress server = all.get(i % all.size());
      try {
        DnsMessage.Answer answer = overUdp(desk, server);
        return answer.truncated() ? overTcp(desk, server) : answer;
      } catch (SocketTimeoutException e) {
        problem = new IOException(host + ": no answer from " + server.getHostString(), e);
      }
    }
    throw problem;
  }

  private DnsMessage.Answer overUdp(Desk desk, InetSocketAddress server) throws IOException {
    int id = new SecureRandom().nextInt(1 << 16);
    byte[] question = DnsMessage.question(id, name, type);
    try (DatagramSocket socket = new DatagramSocket()) {
      desk.onStop(socket);
      // From now on only that server is heard.
      socket.connect(server);
      socket.send(new DatagramPacket(question, question.length));
      DatagramPacket packet = new DatagramPacket(new byte[MOST_BYTES], MOST_BYTES);
      long deadline = System.nanoTime() + WITHIN_MILLIS * 1_000_000L;
      while (true) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new SocketTimeoutException("no answer");
        }
        socket.setSoTimeout((int) left);
        socket.receive(packet);
        byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
        if (DnsMessage.answers(bytes, id)) {
          return DnsMessage.answer(bytes, host, type);
        }
      }
    }
  }

  private DnsMessage.Answer overTcp(Desk desk, InetSocketAddress server) throws IOException {
    int id = new SecureRandom().nextInt(1 << 16);
    byte[] question = DnsMessage.question(id, name, type);
    try (Socket socket = new Socket()) {
      desk.onStop(socket);
      socket.setSoTimeout(WITHIN_MILLIS);
      socket.connect(server, WITHIN_MILLIS);
      socket
          .getOutputStream()
          .write(
              ByteBuffer.allocate(2 + question.length)
                  .putShort((short) question.length)
                  .put(question)
                  .array());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] bytes = new byte[in.readUnsignedShort()];
      in.readFully(bytes);
      if (!DnsMessage.answers(bytes, id)) {
        throw new IOException(host + ": the name server answers something else");
      }
      return DnsMessage.answer(bytes, host, type);
    }
  }

  /// `7.2.0.192.in-addr.arpa` for 192.0.2.7.
  private static String reverse(String address) {
    if (!address.matches("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      throw new FieldException("args.host", address, "an address, with PTR");
    }
    byte[] bytes;
    try {
      bytes = InetAddress.getByName(address).getAddress();
    } catch (IOException e) {
      throw new FieldException("args.host", address, "an address, with PTR");
    }
    StringBuilder name = new StringBuilder();
    for (int i = bytes.length - 1; i >= 0; i--) {
      name.append(
          bytes.length == 4
              ? (bytes[i] & 0xff) + "."
              : String.format(Locale.ROOT, "%x.%x.", bytes[i] & 0xf, bytes[i] >> 4 & 0xf));
    }
    return name.append(bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }
}
