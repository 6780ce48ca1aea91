package muster.agent.facts;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import muster.agent.hash.Sha256;

/// Ids of the machine that do not tell its serial numbers: SHA-256, the first 32 hex digits.
public final class Identity {
  /// What mainboards say that were never given a serial number.
  private static final Set<String> NO_SERIAL =
      Set.of(
          "none",
          "default string",
          "not specified",
          "not applicable",
          "to be filled by o.e.m.",
          "system serial number",
          "unknown",
          "0",
          "0123456789",
          "00000000-0000-0000-0000-000000000000",
          "03000200-0400-0500-0006-000700080009");

  private final HostFiles files;

  public Identity(Path root) {
    files = new HostFiles(root);
  }

  /// The same on this machine and installation at every start, another one on any other: from the
  /// board's serial numbers, the device tree's, the machine id and, in a container, its host name
  /// (containers of one host share all the rest). Empty when there is none of these.
  public Optional<String> hardwareId() {
    List<String> parts = new ArrayList<>();
    serial("sys/class/dmi/id/product_uuid").ifPresent(parts::add);
    serial("sys/class/dmi/id/product_serial").ifPresent(parts::add);
    serial("sys/class/dmi/id/board_serial").ifPresent(parts::add);
    serial("sys/firmware/devicetree/base/serial-number").ifPresent(parts::add);
    rawMachineId().ifPresent(parts::add);
    if (inContainer()) {
      files.line("proc/sys/kernel/hostname").ifPresent(parts::add);
    }
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(Sha256.shortHex("muster hardware\n" + String.join("\n", parts)));
  }

  /// Stays with the installed system; copies of a disk image share it until it is made anew.
  public Optional<String> machineId() {
    return rawMachineId().map(id -> Sha256.shortHex("muster machine\n" + id));
  }

  private Optional<String> rawMachineId() {
    return files
        .line("etc/machine-id")
        .or(() -> files.line("var/lib/dbus/machine-id"))
        .filter(id -> !id.equals("uninitialized"));
  }

  private Optional<String> serial(String path) {
    return files.line(path).filter(text -> !NO_SERIAL.contains(text.toLowerCase(Locale.ROOT)));
  }

  private boolean inContainer() {
    return files.exists(".dockerenv")
        || files.exists("run/.containerenv")
        || files.exists("run/systemd/container");
  }
}
