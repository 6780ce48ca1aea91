package muster.agent.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import muster.agent.policy.Policy;
import muster.wire.FieldException;
import muster.wire.JsonObject;
import muster.wire.RpcError;
import muster.wire.RpcException;

/// Every tool of this agent.
public final class Tools {
  private static final Map<String, Function<JsonObject, Task>> READERS = readers();

  /// Their names.
  public static final List<String> NAMES = List.copyOf(READERS.keySet());

  private Tools() {}

  private static Map<String, Function<JsonObject, Task>> readers() {
    Map<String, Function<JsonObject, Task>> readers = new LinkedHashMap<>();
    readers.put("bash", BashCommand::parse);
    readers.put("system_info", SystemInfo::parse);
    readers.put("read_file", ReadFile::parse);
    readers.put("write_file", WriteFile::parse);
    readers.put("list_files", ListFiles::parse);
    readers.put("http_request", HttpRequest::parse);
    return readers;
  }

  /// Those that the policy leaves, which are the device's capabilities.
  public static List<String> allowedBy(Policy policy) {
    return NAMES.stream().filter(policy::allowsTool).toList();
  }

  /// Reads the arguments of a call.
  ///
  /// @throws RpcException when there is no such tool, or it cannot do that
  public static Task read(String tool, JsonObject args) {
    Function<JsonObject, Task> reader = READERS.get(tool);
    if (reader == null) {
      throw new RpcException(RpcError.UNKNOWN_TOOL, tool + ": no such tool here");
    }
    try {
      return reader.apply(args);
    } catch (FieldException e) {
      throw new RpcException(RpcError.INVALID_PARAMS, String.valueOf(e.getMessage()));
    }
  }
}
