package muster.account;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import muster.auth.Role;
import muster.auth.Token;

/// Devices' certificates among the credentials. Each stems from a token of its device, at first
/// hand or by renewal, and lives no longer than that. Inside write transactions.
final class CertificateRecords {
  private static final int MAX_LIVE = 5;

  private final CredentialStore store;

  CertificateRecords(CredentialStore store) {
    this.store = store;
  }

  /// @param asker the credential by which the device asked
  void add(String device, String asker, X509Certificate certificate, Instant now) {
    List<Credential> live =
        store.listOf(Token.Kind.CERTIFICATE, device).stream()
            .filter(one -> !one.isExpired(now))
            .toList();
    live.stream()
        .limit(Math.max(0, live.size() + 1 - MAX_LIVE))
        .forEach(one -> store.delete(one.id()));
    store.insert(
        new Credential(
            DeviceCertificates.id(certificate),
            Token.Kind.CERTIFICATE,
            device,
            stem(asker),
            Role.DEVICE,
            Optional.empty(),
            DeviceCertificates.hash(certificate),
            now,
            Optional.of(certificate.getNotAfter().toInstant()),
            Optional.empty()));
  }

  private String stem(String asker) {
    return store
        .find(asker)
        .filter(credential -> credential.kind() == Token.Kind.CERTIFICATE)
        .map(Credential::name)
        .orElse(asker);
  }

  /// Ends those of a device whose token, by its id, `which` picks.
  void end(String device, Predicate<String> which) {
    store.listOf(Token.Kind.CERTIFICATE, device).stream()
        .filter(one -> which.test(one.name()))
        .forEach(one -> store.delete(one.id()));
  }
}
