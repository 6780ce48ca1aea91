package muster.api.agentbot;

import com.linecorp.armeria.common.HttpStatus;
import muster.api.account.AccountFaults;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Dialect;
import muster.http.Reply;

/// Errors of Agentbot's page: `{"error": text}`, with its very texts (F147–F153). A fault of the
/// server's is 500, not 400.
public final class AgentbotFaults implements Dialect {
  private final AccountFaults others = new AccountFaults();

  private record Body(String error, String requestId) {}

  @Override
  public String name() {
    return "agentbot";
  }

  @Override
  public Reply error(Fault fault, String requestId) {
    boolean wrongState = fault.code() == FaultCode.FAILED_PRECONDITION;
    HttpStatus status =
        wrongState ? HttpStatus.BAD_REQUEST : others.error(fault, requestId).status();
    Reply reply = Reply.json(status, new Body(text(fault, status), requestId));
    String wait = fault.details().get(Fault.RETRY_AFTER_SECONDS);
    return wait == null ? reply : reply.retryAfter(wait);
  }

  private static String text(Fault fault, HttpStatus status) {
    return switch (fault.reason()) {
      case "not_pending" -> "Device is not pending";
      case "not_approved" -> "Device is not approved";
      default ->
          switch (status.code()) {
            case 401 -> "Unauthorized";
            case 404 -> "Device not found";
            default -> String.valueOf(fault.getMessage());
          };
    };
  }
}
