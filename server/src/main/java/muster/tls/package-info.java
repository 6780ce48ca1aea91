/// This installation's own certificate authority: the server's certificate and those of devices.
///
/// [muster.tls.LocalCa] keeps the files, [muster.tls.DeviceCa] issues to devices,
/// [muster.tls.DeviceTrust] decides whose certificates the handshake takes, and [muster.tls.Csr]
/// reads what devices ask with. Invariant: a private key made for a device is stored nowhere.
@org.jspecify.annotations.NullMarked
package muster.tls;
