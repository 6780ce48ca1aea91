package muster.remote;

import java.time.Instant;
import muster.id.DeviceId;

/// What a terminal showed, on record.
///
/// @param id of the session
/// @param startedBy as the audit log names them
/// @param bytes of the file
public record Recording(
    String id, DeviceId device, String startedBy, Instant startedAt, long bytes) {}
