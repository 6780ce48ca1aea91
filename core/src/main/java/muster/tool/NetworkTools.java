package muster.tool;

import static muster.tool.Argument.choice;
import static muster.tool.Argument.number;
import static muster.tool.Argument.text;

import java.util.List;

/// The network, as the machine sees it.
final class NetworkTools {
  static final List<Tool> ALL =
      List.of(
          Tool.low(
              "network_test",
              "Ask whether a host answers, or by which way it is reached.",
              host("target", "A name or an address."),
              choice("mode", "Default ping.", "ping", "trace")),
          Tool.low(
              "network_stats", "Tell what went over each interface, and how many connections."),
          Tool.low("network_config", "Tell interfaces, addresses, routes and name servers."),
          Tool.low("network_discover", "Tell the neighbours that the machine has spoken with."),
          Tool.low(
              "dns_lookup",
              "Ask the name server.",
              host("host", "A name; with PTR an address."),
              choice(
                  "type",
                  "Default A.",
                  "A",
                  "AAAA",
                  "CNAME",
                  "MX",
                  "NS",
                  "TXT",
                  "SOA",
                  "SRV",
                  "PTR")),
          Tool.low(
              "endpoint_check",
              "Ask a web server, and tell status and time without the body.",
              text("url", "http:// or https://, without user and password.").longest(8192).always(),
              choice("method", "Default GET.", "GET", "HEAD"),
              number("timeout", "Seconds; default 10.", 1, 30)),
          Tool.low("discover_services", "List the sockets that listen, with their processes."));

  private NetworkTools() {}

  private static Argument host(String name, String description) {
    return text(name, description)
        .like(
            "[a-zA-Z0-9_:][a-zA-Z0-9._:-]{0,252}",
            "a host's name or address, letters, digits and ._:-, at most 253")
        .always();
  }
}
