package muster.device;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import muster.id.DeviceId;

/// One machine. `name` is for people and need not be unique (1–128 characters); at most 64 tags of
/// 1–64 characters; `metadata` is free text by key. `hardwareId` is what the machine calls itself,
/// a label that helps to recognise it and proves nothing.
public record Device(
    DeviceId id,
    String name,
    SortedSet<String> tags,
    Approval approval,
    Condition condition,
    DeviceFacts facts,
    Map<String, String> metadata,
    Optional<String> hardwareId,
    Instant createdAt,
    Instant updatedAt,
    Decisions decisions,
    DeviceState state) {
  public Device {
    tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
    metadata = Map.copyOf(metadata);
  }

  public Device withName(String newName) {
    return new Device(
        id,
        newName,
        tags,
        approval,
        condition,
        facts,
        metadata,
        hardwareId,
        createdAt,
        updatedAt,
        decisions,
        state);
  }

  public Device withTags(SortedSet<String> newTags) {
    return new Device(
        id,
        name,
        newTags,
        approval,
        condition,
        facts,
        metadata,
        hardwareId,
        createdAt,
        updatedAt,
        decisions,
        state);
  }

  public Device withMetadata(Map<String, String> newMetadata) {
    return new Device(
        id,
        name,
        tags,
        approval,
        condition,
        facts,
        newMetadata,
        hardwareId,
        createdAt,
        updatedAt,
        decisions,
        state);
  }

  public Device withApproval(Approval newApproval, Instant now) {
    return new Device(
        id,
        name,
        tags,
        newApproval,
        condition,
        facts,
        metadata,
        hardwareId,
        createdAt,
        now,
        decisions.with(approval, newApproval, now),
        state);
  }

  public Device withCondition(Condition newCondition) {
    return new Device(
        id,
        name,
        tags,
        approval,
        newCondition,
        facts,
        metadata,
        hardwareId,
        createdAt,
        updatedAt,
        decisions,
        state);
  }

  public Device withFacts(DeviceFacts newFacts) {
    return new Device(
        id,
        name,
        tags,
        approval,
        condition,
        newFacts,
        metadata,
        hardwareId,
        createdAt,
        updatedAt,
        decisions,
        state);
  }

  public Device withState(DeviceState newState) {
    return new Device(
        id,
        name,
        tags,
        approval,
        condition,
        facts,
        metadata,
        hardwareId,
        createdAt,
        updatedAt,
        decisions,
        newState);
  }

  /// Tells apart what people can change: the same version, the same name, tags and metadata. What
  /// the machine reports does not count, or nobody could edit a device that talks.
  public String version() {
    // No name, tag or metadata holds a line break.
    StringBuilder content = new StringBuilder(name + '\n' + String.join("\n", tags) + "\n");
    new TreeMap<>(metadata)
        .forEach((key, value) -> content.append('\n').append(key).append('\n').append(value));
    return UUID.nameUUIDFromBytes(content.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }

  public Device changedAt(Instant now) {
    return new Device(
        id,
        name,
        tags,
        approval,
        condition,
        facts,
        metadata,
        hardwareId,
        createdAt,
        now,
        decisions,
        state);
  }
}
