package muster.agent.facts;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/// The processor's temperature: the hottest of its thermal zones, or else of its hwmon sensors.
final class Temperature {
  private static final Pattern ZONE =
      Pattern.compile(".*(cpu|pkg|soc|core).*", Pattern.CASE_INSENSITIVE);
  private static final Set<String> CHIPS =
      Set.of("coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal");
  private static final int COLDEST = -100;
  private static final int HOTTEST = 200;

  private final HostFiles files;

  Temperature(HostFiles files) {
    this.files = files;
  }

  /// One decimal; empty when there is no such sensor.
  OptionalDouble celsius() {
    OptionalDouble zones =
        files.names("sys/class/thermal").stream()
            .filter(name -> name.startsWith("thermal_zone"))
            .map(name -> "sys/class/thermal/" + name)
            .filter(zone -> ZONE.matcher(files.line(zone + "/type").orElse("")).matches())
            .map(zone -> read(zone + "/temp"))
            .flatMapToDouble(OptionalDouble::stream)
            .max();
    return zones.isPresent() ? zones : sensors();
  }

  private OptionalDouble sensors() {
    return files.names("sys/class/hwmon").stream()
        .map(name -> "sys/class/hwmon/" + name)
        .filter(chip -> CHIPS.contains(files.line(chip + "/name").orElse("")))
        .flatMap(chip ->
            files.names(chip).stream()
                .filter(name -> name.startsWith("temp") && name.endsWith("_input"))
                .map(name -> read(chip + "/" + name)))
        .flatMapToDouble(OptionalDouble::stream)
        .max();
  }

  /// The kernel says millidegrees. Readings of broken sensors are dropped.
  private OptionalDouble read(String path) {
    OptionalLong milli = HealthSampler.number(files.line(path).orElse(""));
    if (milli.isEmpty()) {
      return OptionalDouble.empty();
    }
    double celsius = Math.round(milli.getAsLong() / 100.0) / 10.0;
    return celsius > COLDEST && celsius < HOTTEST
        ? OptionalDouble.of(celsius)
        : OptionalDouble.empty();
  }
}
