package muster.enrollment;

import muster.auth.Token;
import muster.device.Device;

/// A machine that is a device now; `token` is its credential, shown this once.
public record Registered(Device device, Token token) {}
