package muster.agent.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The host's processes, from `/proc`.
public final class ProcTable {
  private static final Path PROC = Path.of("/proc");

  /// Positions in `/proc/PID/stat` after the name, which may hold spaces and brackets.
  private static final int STATE = 0;

  private static final int SESSION = 3;
  private static final int START = 19;

  private ProcTable() {}

  /// When a process started, in ticks since boot; empty when it is gone.
  static Optional<Long> startTicks(long pid) {
    return stat(PROC.resolve(Long.toString(pid)))
        .map(fields -> Long.parseLong(fields[START]))
        .filter(ticks -> ticks >= 0);
  }

  /// The processes of a session that are alive. None where `/proc` cannot be read.
  public static List<Long> session(long session) {
    String wanted = Long.toString(session);
    List<Long> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        Optional<String[]> fields = stat(process);
        if (fields.isPresent()
            && fields.get()[SESSION].equals(wanted)
            && !fields.get()[STATE].equals("Z")) {
          found.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException | UncheckedIOException | java.nio.file.DirectoryIteratorException e) {
      return List.of();
    }
    return found;
  }

  private static Optional<String[]> stat(Path process) {
    try {
      String line = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
      return fields.length > START ? Optional.of(fields) : Optional.empty();
    } catch (IOException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
