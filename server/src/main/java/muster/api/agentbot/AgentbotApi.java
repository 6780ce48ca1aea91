package muster.api.agentbot;

import com.linecorp.armeria.common.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import muster.auth.Caller;
import muster.device.Approvals;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.filter.Order;
import muster.http.BodyWriter;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.DeviceId;

/// Agentbot's one verb: `POST /api/devices` with an action (rows F143–F153).
public final class AgentbotApi {
  private static final Filter PENDING = DeviceFields.filter("approval:pending");
  private static final Filter APPROVED = DeviceFields.filter("approval:approved");
  private static final Order NEWEST_FIRST = DeviceFields.order("created_at DESC");

  private static final List<String> ACTIONS = List.of("approve", "deny", "revoke");

  private final Devices devices;
  private final Approvals approvals;

  public AgentbotApi(Devices devices, Approvals approvals) {
    this.devices = devices;
    this.approvals = approvals;
  }

  public List<Route> routes() {
    return new Routes(new AgentbotFaults()).postStream("/api/devices", this::manage).list();
  }

  private Reply manage(Call call) {
    Body body = body(call);
    String id = body.deviceId;
    String action = body.action;
    if (id.isEmpty() || action.isEmpty()) {
      throw invalid("Missing required fields: deviceId, action");
    }
    Caller caller = call.caller();
    if (!ACTIONS.contains(action)) {
      throw invalid("Invalid action. Must be: approve, deny, or revoke");
    }
    DeviceId named = call.deviceId(id);
    Device device = decide(caller, named, action);
    return Reply.stream(
        MediaType.JSON_UTF_8,
        out -> {
          out.write("{\"success\":true,\"device\":");
          out.write(new String(Reply.bytes(AgentbotJson.device(device)), StandardCharsets.UTF_8));
          out.write(",");
          writeLists(out, new DeviceArray(devices, caller));
          out.write("}");
        });
  }

  /// Those that wait and those that are approved, each newest first (F141).
  public static void writeLists(BodyWriter out, DeviceArray all) {
    out.write("\"pending\":");
    all.write(out, PENDING, NEWEST_FIRST, AgentbotJson::device);
    out.write(",\"approved\":");
    all.write(out, APPROVED, NEWEST_FIRST, AgentbotJson::device);
  }

  private Device decide(Caller caller, DeviceId id, String action) {
    return switch (action) {
      case "approve" -> approvals.approve(caller, id);
      case "deny" -> approvals.deny(caller, id);
      default -> approvals.revokeApproved(caller, id);
    };
  }

  /// What is missing or null is empty.
  private record Body(String deviceId, String action) {}

  private static Body body(Call call) {
    try {
      JsonBody json = call.json();
      return new Body(text(json, "deviceId"), text(json, "action"));
    } catch (Fault fault) {
      if (fault.code() == FaultCode.INVALID_ARGUMENT) {
        throw invalid("Invalid request body");
      }
      throw fault;
    }
  }

  private static String text(JsonBody json, String field) {
    return json.isNull(field) ? "" : json.optText(field).orElse("");
  }

  private static Fault invalid(String text) {
    return new Fault(FaultCode.INVALID_ARGUMENT, text);
  }
}
