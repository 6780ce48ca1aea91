package muster.deploy;

/// The key that a machine has shown.
///
/// @param fingerprint `SHA256:` and base64, as ssh shows it
/// @param isKnown whether it was known before this attempt
public record HostKey(String fingerprint, boolean isKnown) {}
