package muster.api.fleetd;

import java.util.Optional;
import java.util.OptionalLong;
import muster.update.InstallReport;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;

/// Reads what Muster's agent prints while it installs: a JSON object a line.
public final class InstallReports implements InstallReport.Reader {
  @Override
  public Optional<InstallReport> read(String line) {
    if (!line.startsWith("{")) {
      return Optional.empty();
    }
    try {
      JsonObject object = Json.parseObject(line);
      return Optional.of(
          new InstallReport(
              object.optString("step"),
              number(object.optInteger("percent")),
              object.optString("outcome"),
              object.optString("from_version"),
              object.optString("to_version"),
              object.optString("reason"),
              object.optString("detail")));
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> number(OptionalLong value) {
    return value.isPresent()
        ? Optional.of((int) Math.clamp(value.getAsLong(), 0, 100))
        : Optional.empty();
  }
}
