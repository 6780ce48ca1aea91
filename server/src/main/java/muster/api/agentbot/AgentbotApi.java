package muster.api.agentbot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muster.auth.Caller;
import muster.device.Approval;
import muster.device.Approvals;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.filter.Order;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.DeviceId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;

/// Agentbot's one verb: `POST /api/devices` with an action (rows F143–F153).
public final class AgentbotApi {
  /// Which devices the two lists hold, and in which order (F141).
  public static final Filter PENDING = DeviceFields.filter("approval:pending");

  public static final Filter APPROVED = DeviceFields.filter("approval:approved");
  public static final Order NEWEST_FIRST = DeviceFields.order("created_at DESC");

  private static final List<String> ACTIONS = List.of("approve", "deny", "revoke");
  private static final int PAGE = 500;

  private final Transactions transactions;
  private final Devices devices;
  private final Approvals approvals;

  public AgentbotApi(Transactions transactions, Devices devices, Approvals approvals) {
    this.transactions = transactions;
    this.devices = devices;
    this.approvals = approvals;
  }

  public List<Route> routes() {
    return new Routes(new AgentbotFaults()).post("/api/devices", this::manage).list();
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
    // Change and lists are one moment: who reads the answer sees what the change made of them.
    return transactions.write(() -> {
      Device device = decide(caller, named, action);
      return Reply.ok(
          new AgentbotJson.DecisionJson(
              true, AgentbotJson.device(device), all(caller, PENDING), all(caller, APPROVED)));
    });
  }

  private Device decide(Caller caller, DeviceId id, String action) {
    return switch (action) {
      case "approve" -> approvals.approve(caller, id);
      case "deny" -> approvals.deny(caller, id);
      default -> revoke(caller, id);
    };
  }

  /// Unlike elsewhere, twice is a mistake here (F150).
  private Device revoke(Caller caller, DeviceId id) {
    Approval approval = devices.get(caller, id).approval();
    if (approval != Approval.APPROVED) {
      throw Fault.failedPrecondition(
          "device %s is %s".formatted(id, approval.word()), "not_approved");
    }
    return approvals.revoke(caller, id);
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

  private List<AgentbotJson.DeviceJson> all(Caller caller, Filter filter) {
    List<AgentbotJson.DeviceJson> all = new ArrayList<>();
    PageRequest next = PageRequest.first(PAGE);
    while (true) {
      Page<Device> page = devices.walk(caller, filter, NEWEST_FIRST, next);
      page.items().forEach(device -> all.add(AgentbotJson.device(device)));
      if (page.next().isEmpty()) {
        return all;
      }
      next = new PageRequest(PAGE, Optional.of(page.next().get()));
    }
  }
}
