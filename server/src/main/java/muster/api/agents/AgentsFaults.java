package muster.api.agents;

import com.linecorp.armeria.common.HttpStatus;
import muster.api.account.AccountFaults;
import muster.deploy.Step;
import muster.fault.Fault;
import muster.http.Dialect;
import muster.http.Reply;
import org.jspecify.annotations.Nullable;

/// Errors under `/api/agents`: `{"error": text}`, with the statuses of the rest of `/api` (C06). An
/// installation over SSH that fails says at which step, with 502, or 504 when time ran out (F132).
public final class AgentsFaults implements Dialect {
  /// The reason of a fault for a device that did not do its part in time.
  static final String LATE = "device_late";

  private final AccountFaults others = new AccountFaults();

  private record Body(String error, String requestId) {}

  /// @param agentId always null: no device is left of an attempt that failed
  private record NotDeployed(
      String error, String step, @Nullable String agentId, String requestId) {}

  @Override
  public String name() {
    return "agents";
  }

  @Override
  public Reply error(Fault fault, String requestId) {
    String step = fault.details().get(Step.DETAIL);
    if (step != null) {
      return Reply.json(
          fault.reason().equals(Step.LATE) ? HttpStatus.GATEWAY_TIMEOUT : HttpStatus.BAD_GATEWAY,
          new NotDeployed(String.valueOf(fault.getMessage()), step, null, requestId));
    }
    HttpStatus status =
        switch (fault.reason()) {
          case LATE -> HttpStatus.GATEWAY_TIMEOUT;
          case "range_not_satisfiable" -> HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE;
          case "no_space" -> HttpStatus.INSUFFICIENT_STORAGE;
          default -> others.error(fault, requestId).status();
        };
    Reply reply = Reply.json(status, new Body(String.valueOf(fault.getMessage()), requestId));
    String wait = fault.details().get(Fault.RETRY_AFTER_SECONDS);
    return wait == null ? reply : reply.retryAfter(wait);
  }
}
