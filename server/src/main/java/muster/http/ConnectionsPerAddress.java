package muster.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import muster.auth.AddressBlock;

/// Bounds how many connections one address (IPv6: one /64) holds, so that it can't take those of
/// all others. This machine and the trusted proxies may have any number: the one has other means,
/// behind the others is everybody. Shared by all event loops.
public final class ConnectionsPerAddress {
  private final int most;
  private final TrustedProxies proxies;
  private final Counter refused;
  private final Map<String, Integer> open = new ConcurrentHashMap<>();

  /// @param most 0 = any number
  public ConnectionsPerAddress(int most, TrustedProxies proxies, MeterRegistry meters) {
    this.most = most;
    this.proxies = proxies;
    this.refused = meters.counter("muster.connections.refused", "reason", "address");
  }

  /// Closes a new connection that is one too many.
  public void admit(Channel channel) {
    if (most == 0
        || !(channel.remoteAddress() instanceof InetSocketAddress remote)
        || isExempt(remote.getAddress())) {
      return;
    }
    String site = AddressBlock.site(remote.getAddress());
    int count = open.merge(site, 1, Integer::sum);
    channel
        .closeFuture()
        .addListener(closed ->
            open.computeIfPresent(site, (key, others) -> others == 1 ? null : others - 1));
    if (count > most) {
      refused.increment();
      channel.close();
    }
  }

  private boolean isExempt(InetAddress address) {
    return address.isLoopbackAddress() || proxies.contains(address);
  }
}
