package muster.checkin;

import muster.id.DeviceId;

/// Who a device proved to be, and the id of the credential it did so with.
public record Identity(DeviceId device, String credential) {}
