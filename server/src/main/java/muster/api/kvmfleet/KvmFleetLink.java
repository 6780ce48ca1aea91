package muster.api.kvmfleet;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.checkin.Checkins;
import muster.checkin.Greeting;
import muster.checkin.Identity;
import muster.device.DeviceFacts;
import muster.device.Health;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.link.Arrival;
import muster.link.Link;
import muster.link.Session;
import muster.socket.Conversation;
import muster.socket.DeviceChannel;
import muster.wire.CloseCode;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A KVM Fleet agent on `/v1/agent/ws` (F017): it is online from the upgrade on and sends
/// `{"type":"heartbeat", "cpu_temp_c", "uptime_s", "agent_version", "at"}`. Other types are its
/// console traffic, which nobody here asks for; they count as signs of life. It has no tools, so it
/// is a [Link] and no command link.
final class KvmFleetLink implements Link, Conversation {
  private static final Logger log = LoggerFactory.getLogger(KvmFleetLink.class);
  private static final int MAX_VERSION = 64;

  private final Identity device;
  private final DeviceChannel channel;
  private final Checkins checkins;
  private final InstantSource clock;
  private volatile Optional<Session> session = Optional.empty();

  KvmFleetLink(Identity device, DeviceChannel channel, Checkins checkins, InstantSource clock) {
    this.device = device;
    this.channel = channel;
    this.checkins = checkins;
    this.clock = clock;
  }

  @Override
  public void opened() {
    try {
      session =
          Optional.of(
              checkins
                  .hello(
                      device,
                      this,
                      channel.address(),
                      new Greeting(DeviceFacts.NONE, Arrival.Machine.UNSAID, Map.of()))
                  .session());
    } catch (Fault fault) {
      boolean unknown = fault.code() == FaultCode.UNAUTHENTICATED;
      channel.close(unknown ? CloseCode.BAD_TOKEN : CloseCode.REFUSED, fault.getMessage());
    }
  }

  @Override
  public void text(String frame) {
    if (session.isEmpty()) {
      return;
    }
    try {
      JsonObject message = Json.parseObject(frame);
      if (message.optString("type").filter("heartbeat"::equals).isPresent()) {
        checkins.health(session.get(), health(message, clock.instant()));
        message
            .optString("agent_version")
            .map(version -> Names.reported(version, MAX_VERSION))
            .filter(version -> !version.isEmpty())
            .ifPresent(version ->
                checkins.facts(device.device(), DeviceFacts.NONE.withAgentVersion(version)));
        return;
      }
    } catch (JsonException e) {
      log.debug("{} sent a frame that is not understood", device.device(), e);
    }
    checkins.heard(session.get());
  }

  private static Health health(JsonObject message, Instant now) {
    return new Health(
        now,
        percent(message, "cpu_percent"),
        percent(message, "memory_percent"),
        percent(message, "disk_percent"),
        List.of(),
        number(message, "uptime_s").map(Double::longValue).filter(seconds -> seconds >= 0),
        number(message, "cpu_temp_c"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Optional<Double> percent(JsonObject message, String field) {
    return number(message, field).filter(value -> value >= 0 && value <= 100);
  }

  private static Optional<Double> number(JsonObject message, String field) {
    var value = message.optNumber(field);
    return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
  }

  @Override
  public void signOfLife() {
    session.ifPresent(checkins::heard);
  }

  @Override
  public void closed(boolean saidGoodbye) {
    session.ifPresent(present -> checkins.closed(present, saidGoodbye));
  }

  @Override
  public void probe() {
    channel.ping();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    channel.close(reason, detail);
  }
}
