package muster.enrollment;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import muster.account.CertificateAuthority;
import muster.account.Credentials;
import muster.account.DeviceCertificates;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.device.Device;
import muster.fault.Fault;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// Certificates as credentials of devices, besides their tokens: the first one, and each that
/// follows before the last has expired. Whatever ends a device's token ends them too.
public final class Certificates {
  private final Transactions transactions;
  private final Provisions provisions;
  private final Credentials credentials;
  private final CertificateAuthority authority;
  private final Audit audit;
  private final InstantSource clock;

  /// A device that has just been registered, and the certificate it is shown once.
  public record Certified(Registered registered, CertificateAuthority.Issued certificate) {}

  public Certificates(
      Transactions transactions,
      Provisions provisions,
      Credentials credentials,
      CertificateAuthority authority,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.provisions = provisions;
    this.credentials = credentials;
    this.authority = authority;
    this.audit = audit;
    this.clock = clock;
  }

  /// It takes its time: before the transaction, not in it.
  private CertificateAuthority.DeviceKey key(Optional<String> csr) {
    return csr.map(authority::requested).orElseGet(authority::newKey);
  }

  /// A certificate for the device that asks, by whichever credential it has. What it had before
  /// stays good, but of more than 5 certificates the oldest.
  ///
  /// @throws Fault PERMISSION_DENIED when it is not approved, INVALID_ARGUMENT, UNAUTHENTICATED
  public CertificateAuthority.Issued renew(Caller caller, Optional<String> csr) {
    provisions.own(caller);
    CertificateAuthority.DeviceKey key = key(csr);
    return transactions.write(() -> {
      credentials.requireGood(caller.credential());
      Device device = provisions.own(caller);
      CertificateAuthority.Issued issued = issue(device.id(), caller.credential(), key);
      audit.record(
          caller,
          "device.certificate",
          device.id().value(),
          Map.of(
              "certificate",
              DeviceCertificates.id(issued.certificate()),
              "expires_at",
              issued.expiresAt().toString()));
      return issued;
    });
  }

  /// Does `registration`, and in the same transaction gives the device a certificate besides its
  /// token.
  ///
  /// @param csr as [CertificateAuthority#requested]; absent = the server makes the key
  /// @throws Fault INVALID_ARGUMENT, and what `registration` throws
  public Certified register(Supplier<Registered> registration, Optional<String> csr) {
    CertificateAuthority.DeviceKey key = key(csr);
    return transactions.write(() -> {
      Registered registered = registration.get();
      return new Certified(
          registered, issue(registered.device().id(), registered.token().id(), key));
    });
  }

  /// In a write transaction.
  private CertificateAuthority.Issued issue(
      DeviceId device, String asker, CertificateAuthority.DeviceKey key) {
    CertificateAuthority.Issued issued = authority.issue(device, key, clock.instant());
    credentials.addCertificate(device.value(), asker, issued.certificate());
    return issued;
  }
}
