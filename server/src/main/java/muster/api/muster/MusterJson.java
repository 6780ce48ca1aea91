package muster.api.muster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import muster.audit.Audit;
import muster.audit.AuditEntry;
import muster.audit.AuditStore;
import muster.command.Command;
import muster.command.OutputChunk;
import muster.http.Reply;
import org.jspecify.annotations.Nullable;

/// Commands, output and audit rows as JSON.
final class MusterJson {
  private MusterJson() {}

  record CommandJson(
      String id,
      String deviceId,
      String tool,
      Map<String, Object> args,
      String status,
      @Nullable Integer exitCode,
      @Nullable String error,
      boolean truncated,
      @Nullable Long durationMs,
      int attempt,
      String requestedBy,
      String lane,
      boolean idempotent,
      long timeoutSeconds,
      String createdAt,
      String expiresAt,
      @Nullable String sentAt,
      @Nullable String startedAt,
      @Nullable String finishedAt,
      boolean cancelRequested) {}

  record CommandList(
      List<CommandJson> commands,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {}

  static CommandJson command(Command command) {
    Optional<Command.Result> result = command.result();
    return new CommandJson(
        command.id().value(),
        command.device().value(),
        command.tool(),
        command.args(),
        command.status().word(),
        result.flatMap(Command.Result::exitCode).orElse(null),
        result.flatMap(Command.Result::error).orElse(null),
        result.map(Command.Result::truncated).orElse(false),
        result.flatMap(Command.Result::duration).map(Duration::toMillis).orElse(null),
        command.attempt(),
        command.requestedBy(),
        command.lane().word(),
        command.idempotent(),
        command.timeout().toSeconds(),
        Reply.time(command.createdAt()),
        Reply.time(command.expiresAt()),
        time(command.sentAt()),
        time(command.startedAt()),
        time(command.finishedAt()),
        command.cancelRequested());
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record OutputJson(
      long seq,
      String stream,
      @Nullable String data,
      @Nullable String dataB64,
      @Nullable Long gapBytes) {}

  /// Text where the bytes are UTF-8, base64 where they are not.
  static OutputJson output(OutputChunk chunk) {
    String stream = chunk.stream().word();
    if (chunk.gapBytes() > 0) {
      return new OutputJson(chunk.seq(), stream, null, null, chunk.gapBytes());
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(chunk.data())).toString();
      return new OutputJson(chunk.seq(), stream, text, null, null);
    } catch (CharacterCodingException e) {
      String encoded = Base64.getEncoder().encodeToString(chunk.data());
      return new OutputJson(chunk.seq(), stream, null, encoded, null);
    }
  }

  record AuditJson(
      long seq,
      String at,
      String actor,
      String actorId,
      String action,
      String target,
      String outcome,
      String surface,
      String address,
      String requestId,
      Map<String, String> detail,
      String hash) {}

  record AuditList(
      List<AuditJson> entries,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {}

  static AuditJson audit(AuditStore.Row row) {
    AuditEntry entry = row.entry();
    return new AuditJson(
        entry.seq(),
        entry.at().toString(),
        entry.actor(),
        entry.actorId(),
        entry.action(),
        entry.target(),
        entry.outcome().name().toLowerCase(Locale.ROOT),
        entry.surface(),
        entry.address(),
        entry.requestId(),
        entry.detail(),
        row.hash());
  }

  record VerificationJson(
      boolean ok, long checked, @Nullable Long firstBad, String head, @Nullable String problem) {}

  static VerificationJson verification(Audit.Verification verification) {
    return new VerificationJson(
        verification.firstBad().isEmpty(),
        verification.checked(),
        verification.firstBad().orElse(null),
        verification.head(),
        verification.firstBad().isEmpty() ? null : verification.problem());
  }

  record ServerJson(
      String version,
      String publicUrl,
      String startedAt,
      String caSha256,
      long devices,
      long online) {}

  private static @Nullable String time(Optional<Instant> at) {
    return at.map(Reply::time).orElse(null);
  }
}
