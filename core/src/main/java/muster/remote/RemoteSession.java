package muster.remote;

import java.time.Instant;
import java.util.Optional;
import muster.id.DeviceId;

/// A session as it stands.
///
/// @param id `ses_…`
/// @param startedBy as the audit log names them
/// @param channels how many are open
/// @param sent bytes to the device
/// @param received bytes from the device
public record RemoteSession(
    String id,
    DeviceId device,
    RemoteKind kind,
    Optional<RemoteTarget> target,
    String startedBy,
    Instant startedAt,
    Instant lastUsedAt,
    int channels,
    long sent,
    long received,
    boolean recorded) {}
