package muster.api.kvmfleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import muster.auth.Token;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DevicePolicy;
import muster.device.Health;
import muster.device.Presence;
import muster.enrollment.Enrollment;
import muster.http.Reply;
import org.jspecify.annotations.Nullable;

/// KVM Fleet's JSON. The page's keys come first, in its order; what follows is ours.
final class KvmFleetJson {
  private KvmFleetJson() {}

  record DeviceJson(
      String id,
      String name,
      Collection<String> tags,
      String status,
      @Nullable String deviceType,
      @Nullable String agentVersion,
      @Nullable String lastSeen,
      @Nullable HealthJson health,
      @Nullable String hostname,
      @Nullable String platform,
      @Nullable String architecture,
      @Nullable String osVersion,
      @Nullable String ip,
      String approval,
      String condition,
      List<String> capabilities,
      PresenceJson presence,
      String createdAt,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable PolicyJson policy) {}

  /// The device's own policy; shown where one device is asked for.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record PolicyJson(String state, @Nullable String problem, @Nullable Map<String, Object> rules) {}

  record HealthJson(
      @Nullable Long uptimeSeconds,
      @Nullable Double cpuPercent,
      @Nullable Double memoryPercent,
      @Nullable Double diskPercent,
      List<Double> loadAverage) {}

  record PresenceJson(String state, @Nullable String since, String reason) {}

  /// As it stands in lists.
  static DeviceJson device(Device device, Instant now) {
    return device(device, Optional.empty(), now);
  }

  static DeviceJson detail(Device device, Instant now) {
    return device(device, device.facts().policy(), now);
  }

  private static DeviceJson device(Device device, Optional<DevicePolicy> policy, Instant now) {
    Presence presence = Presence.of(device, now);
    DeviceFacts facts = device.facts();
    return new DeviceJson(
        device.id().value(),
        device.name(),
        device.tags(),
        // The page knows two words. Unknown means: was online, and its lease has not run out.
        presence.state() == Presence.State.OFFLINE ? "offline" : "online",
        facts.deviceType().orElse(null),
        facts.agentVersion().orElse(null),
        time(device.state().lastSeen()),
        device.state().health().map(KvmFleetJson::health).orElse(null),
        facts.hostname().orElse(null),
        facts.platform().orElse(null),
        facts.architecture().orElse(null),
        facts.osVersion().orElse(null),
        device.state().address().orElse(null),
        device.approval().word(),
        device.condition().word(),
        facts.capabilities(),
        new PresenceJson(
            presence.state().name().toLowerCase(Locale.ROOT),
            time(presence.since()),
            presence.reason()),
        Reply.time(device.createdAt()),
        policy.map(KvmFleetJson::policy).orElse(null));
  }

  private static PolicyJson policy(DevicePolicy policy) {
    return new PolicyJson(
        policy.state().word(),
        policy.problem().orElse(null),
        policy.state() == DevicePolicy.State.IN_FORCE ? policy.rules() : null);
  }

  private static HealthJson health(Health health) {
    return new HealthJson(
        health.uptimeSeconds().orElse(null),
        oneDecimal(health.cpuPercent()),
        oneDecimal(health.memoryPercent()),
        oneDecimal(health.diskPercent()),
        health.loadAverage());
  }

  private static @Nullable Double oneDecimal(Optional<Double> percent) {
    return percent.map(value -> Math.round(value * 10) / 10.0).orElse(null);
  }

  private static @Nullable String time(Optional<Instant> at) {
    return at.map(Reply::time).orElse(null);
  }

  record DeviceList(
      Collection<DeviceJson> devices,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {}

  record EnrollmentJson(String id, String token, String expiresAt, String installCmd) {}

  record OpenToken(
      String id,
      @Nullable String suggestedName,
      Collection<String> suggestedTags,
      String createdAt,
      String expiresAt,
      String createdBy) {}

  record OpenTokens(List<OpenToken> tokens) {}

  static EnrollmentJson created(Enrollment enrollment, Token token, String installCommand) {
    return new EnrollmentJson(
        enrollment.id(), token.text(), Reply.time(enrollment.expiresAt()), installCommand);
  }

  static OpenTokens open(List<Enrollment> enrollments) {
    return new OpenTokens(
        enrollments.stream()
            .map(enrollment ->
                new OpenToken(
                    enrollment.id(),
                    enrollment.suggestedName().orElse(null),
                    enrollment.suggestedTags(),
                    Reply.time(enrollment.createdAt()),
                    Reply.time(enrollment.expiresAt()),
                    enrollment.createdBy()))
            .toList());
  }
}
