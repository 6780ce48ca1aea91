package muster.command;

import java.util.Optional;
import muster.id.CommandId;
import muster.id.DeviceId;

/// Which commands; absent fields match everything. `before` continues a list behind that command.
public record CommandQuery(
    Optional<DeviceId> device, Optional<CommandStatus> status, Optional<CommandId> before) {}
