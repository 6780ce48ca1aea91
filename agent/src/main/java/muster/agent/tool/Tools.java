package muster.agent.tool;

import java.util.List;
import java.util.function.Predicate;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;
import muster.wire.RpcError;
import muster.wire.RpcException;

/// Every tool of this agent.
public final class Tools {
  /// A tool, and the programs of which it needs one; none when it needs none.
  private record Known(String name, List<String> programs) {}

  private static final List<Known> ALL =
      List.of(
          known("bash"),
          known("system_info"),
          known("read_file"),
          known("write_file"),
          known("list_files"),
          known("http_request"),
          known("ping"),
          known("list_users"),
          known("security_scan"),
          known("package_updates", PackageTools.APT_GET),
          known("set_interval"),
          known("reboot", HostTools.SHUTDOWN),
          known("process_kill"),
          known("package_install", PackageTools.APT_GET),
          known("package_remove", PackageTools.APT_GET),
          known("user_manage", UserTools.USERMOD),
          known("disk_usage"),
          known("file_read"),
          known("file_list"),
          known("file_checksum"),
          known("file_stat"),
          known("verify_backup"),
          known("file_delete"),
          known("check_service", ServiceTools.SYSTEMCTL),
          known("list_services", ServiceTools.SYSTEMCTL),
          known("get_logs", ServiceTools.JOURNALCTL),
          known("restart_service", ServiceTools.SYSTEMCTL),
          known("service_control", ServiceTools.SYSTEMCTL),
          known("container_list", ContainerTools.DOCKER, ContainerTools.PODMAN),
          known("container_logs", ContainerTools.DOCKER, ContainerTools.PODMAN),
          known("container_control", ContainerTools.DOCKER, ContainerTools.PODMAN),
          known("network_test", NetworkTools.PING, NetworkTools.TRACEROUTE, NetworkTools.TRACEPATH),
          known("network_stats"),
          known("network_config"),
          known("network_discover"),
          known("dns_lookup"),
          known("endpoint_check"),
          known("discover_services"),
          known("install_update"),
          known("rollback_update"));

  /// Their names, whatever machine this is.
  public static final List<String> NAMES = ALL.stream().map(Known::name).toList();

  private Tools() {}

  private static Known known(String name, String... programs) {
    return new Known(name, List.of(programs));
  }

  /// Those that can do anything on this machine.
  ///
  /// @param present whether there is a program of that name
  public static List<String> of(Predicate<String> present) {
    return ALL.stream()
        .filter(tool -> tool.programs().isEmpty() || tool.programs().stream().anyMatch(present))
        .map(Known::name)
        .toList();
  }

  /// Those of some tools that the policy leaves, which are the device's capabilities.
  public static List<String> allowedBy(Policy policy, List<String> tools) {
    return tools.stream().filter(policy::allowsTool).toList();
  }

  /// Reads the arguments of a call.
  ///
  /// @throws RpcException when there is no such tool, or it cannot do that
  public static Task read(String tool, JsonObject args) {
    try {
      return task(tool, args);
    } catch (FieldException e) {
      throw new RpcException(RpcError.INVALID_PARAMS, String.valueOf(e.getMessage()));
    }
  }

  private static Task task(String tool, JsonObject args) {
    return switch (tool) {
      case "bash" -> BashCommand.parse(args);
      case "system_info" -> SystemInfo.parse(args);
      case "read_file" -> ReadFile.parse(args);
      case "write_file" -> WriteFile.parse(args);
      case "list_files" -> ListFiles.parse(args);
      case "http_request" -> HttpRequest.parse(args);
      case "ping" -> HostTools.ping(args);
      case "list_users" -> UserTools.list(args);
      case "security_scan" -> HostTools.securityScan(args);
      case "package_updates" -> PackageTools.updates(args);
      case "set_interval" -> HostTools.setInterval(args);
      case "reboot" -> HostTools.reboot(args);
      case "process_kill" -> HostTools.kill(args);
      case "package_install" -> PackageTools.install(args);
      case "package_remove" -> PackageTools.remove(args);
      case "user_manage" -> UserTools.manage(args);
      case "disk_usage" -> HostTools.diskUsage(args);
      case "file_read" -> FileTools.lines(args);
      case "file_list" -> ListFiles.parseNamed(args);
      case "file_checksum" -> FileTools.checksum(args);
      case "file_stat" -> FileTools.stat(args);
      case "verify_backup" -> BackupCheck.parse(args);
      case "file_delete" -> FileTools.delete(args);
      case "check_service" -> ServiceTools.check(args);
      case "list_services" -> ServiceTools.list(args);
      case "get_logs" -> ServiceTools.logs(args);
      case "restart_service" -> ServiceTools.restart(args);
      case "service_control" -> ServiceTools.control(args);
      case "container_list" -> ContainerTools.list(args);
      case "container_logs" -> ContainerTools.logs(args);
      case "container_control" -> ContainerTools.control(args);
      case "network_test" -> NetworkTools.test(args);
      case "network_stats" -> NetworkTools.stats(args);
      case "network_config" -> NetworkTools.config(args);
      case "network_discover" -> NetworkTools.discover(args);
      case "dns_lookup" -> DnsLookup.parse(args);
      case "endpoint_check" -> EndpointCheck.parse(args);
      case "discover_services" -> HostTools.discoverServices(args);
      case "install_update" -> UpdateTools.install(args);
      case "rollback_update" -> UpdateTools.rollBack(args);
      default -> throw new RpcException(RpcError.UNKNOWN_TOOL, tool + ": no such tool here");
    };
  }
}
