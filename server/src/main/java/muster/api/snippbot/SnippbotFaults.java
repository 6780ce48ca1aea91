package muster.api.snippbot;

import com.linecorp.armeria.common.HttpStatus;
import muster.api.account.AccountFaults;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Dialect;
import muster.http.Reply;

/// Errors under `/api/devices`, `/api/device-groups` and `/api/webhooks`: as the rest of `/api`,
/// but for fields that are wrong, which Snippbot answers with 422 `validation_error` (for webhooks,
/// F121).
public final class SnippbotFaults implements Dialect {
  private final AccountFaults others = new AccountFaults();

  private record Body(String error, String message, int status, String requestId) {}

  @Override
  public String name() {
    return "snippbot";
  }

  @Override
  public Reply error(Fault fault, String requestId) {
    boolean wrongField =
        fault.code() == FaultCode.INVALID_ARGUMENT && fault.details().containsKey("field");
    if (!wrongField && !fault.reason().equals("tool_missing")) {
      return others.error(fault, requestId);
    }
    HttpStatus status = HttpStatus.UNPROCESSABLE_ENTITY;
    return Reply.json(
        status,
        new Body("validation_error", String.valueOf(fault.getMessage()), status.code(), requestId));
  }
}
