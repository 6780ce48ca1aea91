package muster.api.device;

import java.util.List;
import muster.account.CertificateAuthority;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.enrollment.Certificates;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// `POST /v1/device/certificate`: a device's own certificate, the first one or the next.
public final class DeviceCertificateApi {
  private static final int MAX_BODY = 32 * 1024;

  private final Certificates certificates;

  public DeviceCertificateApi(Certificates certificates) {
    this.certificates = certificates;
  }

  /// @param certificate PEM: the certificate, the authority's, and the private key if the server
  ///   made it
  record IssuedJson(String certificate, String expiresAt) {}

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
        .report("/v1/device/certificate", MAX_BODY, this::issue)
        .list();
  }

  private Reply issue(Call call) {
    call.countAsDevice(call.caller().id());
    CertificateAuthority.Issued issued =
        certificates.renew(call.caller(), call.json(true).only("csr").optText("csr"));
    return Reply.ok(new IssuedJson(issued.pem(), Reply.time(issued.expiresAt())));
  }
}
