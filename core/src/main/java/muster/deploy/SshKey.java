package muster.deploy;

/// A private key that may be used, ready for use. Which one it is is its maker's to know.
public interface SshKey {}
