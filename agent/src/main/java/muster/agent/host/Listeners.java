package muster.agent.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The sockets that wait for others, from `/proc/net`, and whose they are, as far as the agent's
/// user may see that.
public final class Listeners {
  private static final String TCP_LISTENS = "0A";
  private static final String UDP_UNCONNECTED = "07";
  private static final int ADDRESS = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private final Path proc;

  public Listeners(Path root) {
    proc = root.resolve("proc");
  }

  /// @param pid of one process that has it; empty when that cannot be seen
  public record Listener(
      String protocol, InetAddress address, int port, Optional<Long> pid, Optional<String> name) {}

  private record Found(String protocol, InetAddress address, int port, String inode) {}

  public List<Listener> all() {
    List<Found> found = new ArrayList<>();
    for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
      String wanted = table.startsWith("tcp") ? TCP_LISTENS : UDP_UNCONNECTED;
      for (String line : HostLines.of(proc.resolve("net/" + table))) {
        parse(table.substring(0, 3), wanted, line.strip().split("\\s+")).ifPresent(found::add);
      }
    }
    Map<String, Long> owners = owners(found.stream().map(Found::inode).collect(Collectors.toSet()));
    return found.stream()
        .map(socket -> {
          Optional<Long> pid = Optional.ofNullable(owners.get(socket.inode()));
          return new Listener(
              socket.protocol(), socket.address(), socket.port(), pid, pid.flatMap(this::name));
        })
        .distinct()
        .toList();
  }

  private static Optional<Found> parse(String protocol, String wanted, String[] words) {
    if (words.length <= INODE || !words[STATE].equals(wanted)) {
      return Optional.empty();
    }
    String[] local = words[ADDRESS].split(":");
    return HexAddress.words(local[0])
        .map(address -> new Found(protocol, address, Integer.parseInt(local[1], 16), words[INODE]));
  }

  private Optional<String> name(long pid) {
    return HostLines.of(proc.resolve(pid + "/comm")).stream().findFirst();
  }

  /// Processes by the sockets that they have open.
  private Map<String, Long> owners(Set<String> inodes) {
    Map<String, Long> owners = new HashMap<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        for (String inode : sockets(process)) {
          if (inodes.contains(inode)) {
            owners.putIfAbsent(inode, Long.parseLong(process.getFileName().toString()));
          }
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return owners;
    }
    return owners;
  }

  /// None for a process that is gone or somebody else's.
  private static List<String> sockets(Path process) {
    List<String> sockets = new ArrayList<>();
    try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : open) {
        String target = Files.readSymbolicLink(file).toString();
        if (target.startsWith("socket:[")) {
          sockets.add(target.substring(8, target.length() - 1));
        }
      }
    } catch (IOException | UncheckedIOException | DirectoryIteratorException e) {
      return sockets;
    }
    return sockets;
  }
}
