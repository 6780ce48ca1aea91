package muster.api.muster;

import java.time.InstantSource;
import java.util.List;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.doctor.Finding;
import muster.doctor.ServerExamination;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// The server's own view of its health, in detail.
public final class DoctorApi {
  private final ServerExamination examination;
  private final String version;
  private final InstantSource clock;

  private record FindingJson(String status, String check, String what, String advice) {}

  private record ExaminationJson(String version, String time, List<FindingJson> checks) {}

  public DoctorApi(ServerExamination examination, String version, InstantSource clock) {
    this.examination = examination;
    this.version = version;
    this.clock = clock;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults()).stream("/v1/doctor", this::examine).list();
  }

  private Reply examine(Call call) {
    List<FindingJson> checks =
        examination.run(call.caller()).stream().map(DoctorApi::json).toList();
    return Reply.ok(new ExaminationJson(version, clock.instant().toString(), checks));
  }

  private static FindingJson json(Finding finding) {
    return new FindingJson(
        finding.status().word(), finding.check(), finding.what(), finding.advice());
  }
}
