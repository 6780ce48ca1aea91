package muster.api.fleetd;

import muster.device.Verdict;
import muster.device.Verdict.Status;
import muster.fault.Fault;
import muster.fleetd.v1.DeviceHealth;
import muster.fleetd.v1.GetDeviceHealthResponse;
import muster.fleetd.v1.HealthCheckType;
import muster.fleetd.v1.HealthSummary;
import muster.health.Extent;
import muster.health.HealthReport;

/// Verdicts as fleetd's messages have them.
final class HealthMessages {
  private HealthMessages() {}

  /// @param number as it was sent
  static Extent extent(HealthCheckType type, int number) {
    return switch (type) {
      case HEALTH_CHECK_TYPE_UNSPECIFIED, COMPREHENSIVE -> Extent.COMPREHENSIVE;
      case BASIC -> Extent.BASIC;
      case RESOURCES -> Extent.RESOURCES;
      case CONNECTIVITY -> Extent.CONNECTIVITY;
      case SERVICES -> Extent.SERVICES;
      case UNRECOGNIZED ->
          throw Fault.invalid(
              "check_type", number, "BASIC, RESOURCES, CONNECTIVITY, SERVICES or COMPREHENSIVE");
    };
  }

  static GetDeviceHealthResponse response(HealthReport report) {
    GetDeviceHealthResponse.Builder message =
        GetDeviceHealthResponse.newBuilder().setSummary(summary(report));
    report
        .judged()
        .forEach((id, judged) -> message.putDeviceHealth(id, health(id, judged.verdict())));
    return message.build();
  }

  private static HealthSummary summary(HealthReport report) {
    HealthSummary.Builder summary =
        HealthSummary.newBuilder()
            .setTotal(report.judged().size())
            .setHealthy(report.count(Status.HEALTHY))
            .setWarning(report.count(Status.WARNING))
            .setCritical(report.count(Status.CRITICAL))
            .setUnknown(report.count(Status.UNKNOWN))
            .setAverageScore(report.averageScore());
    for (HealthReport.Issue issue : report.issues()) {
      summary.addIssues(
          HealthSummary.Issue.newBuilder()
              .setType(issue.check())
              .setMessage(
                  "%s: %d critical, %d warning"
                      .formatted(issue.check(), issue.critical(), issue.warning()))
              .setAffectedDevices(issue.devices()));
    }
    if (report.more() > 0) {
      summary.addIssues(
          HealthSummary.Issue.newBuilder()
              .setType("not_judged")
              .setMessage("more devices match than are judged at once; narrow the filter")
              .setAffectedDevices((int) report.more()));
    }
    return summary.build();
  }

  static DeviceHealth health(String id, Verdict verdict) {
    DeviceHealth.Builder message =
        DeviceHealth.newBuilder()
            .setDeviceId(id)
            .setStatus(status(verdict.status()))
            .setScore(verdict.status().score())
            .addAllWarnings(verdict.warnings())
            .setLastCheck(Times.of(verdict.at()));
    verdict.checks().forEach(check -> message.addChecks(check(check)));
    return message.build();
  }

  private static DeviceHealth.Check check(Verdict.Check check) {
    DeviceHealth.Check.Builder message =
        DeviceHealth.Check.newBuilder()
            .setName(check.name())
            .setStatus(status(check.status()))
            .setMessage(check.message());
    check.value().ifPresent(message::setValue);
    check.threshold().ifPresent(message::setThreshold);
    check.measuredAt().map(Times::of).ifPresent(message::setCheckedAt);
    return message.build();
  }

  private static DeviceHealth.Status status(Verdict.Status status) {
    return switch (status) {
      case HEALTHY -> DeviceHealth.Status.HEALTHY;
      case WARNING -> DeviceHealth.Status.WARNING;
      case CRITICAL -> DeviceHealth.Status.CRITICAL;
      case UNKNOWN -> DeviceHealth.Status.UNKNOWN;
    };
  }
}
