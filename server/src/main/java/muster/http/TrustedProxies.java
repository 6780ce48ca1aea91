package muster.http;

import com.linecorp.armeria.server.ProxiedAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import muster.auth.AddressBlock;

/// The proxies whose `X-Forwarded-For` is believed. Every proxy appends the address it saw, so what
/// stands left of the last address that is no proxy of ours was written by the client.
public record TrustedProxies(List<AddressBlock> blocks) {
  public TrustedProxies {
    blocks = List.copyOf(blocks);
  }

  public static TrustedProxies none() {
    return new TrustedProxies(List.of());
  }

  /// @param text addresses and ranges between commas
  /// @throws IllegalArgumentException when one of them is neither
  public static TrustedProxies parse(String text) {
    return new TrustedProxies(
        Arrays.stream(text.split(",")).map(String::strip).map(AddressBlock::parse).toList());
  }

  public boolean contains(InetAddress address) {
    return blocks.stream().anyMatch(block -> block.contains(address));
  }

  /// Whose request it is: the last address in the chain that is no proxy, or its first when all
  /// are.
  public InetSocketAddress client(ProxiedAddresses chain) {
    List<InetSocketAddress> addresses = new ArrayList<>();
    addresses.add(chain.sourceAddress());
    addresses.addAll(chain.destinationAddresses());
    Collections.reverse(addresses);
    return addresses.stream()
        .filter(address -> !contains(address.getAddress()))
        .findFirst()
        .orElseGet(addresses::getLast);
  }
}
