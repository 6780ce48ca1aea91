package muster.agent.link;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import muster.agent.exec.Executions;
import muster.agent.log.Log;
import muster.agent.logs.Followers;
import muster.agent.remote.Remotes;
import muster.agent.transfer.Carrier;
import muster.wire.DevicePace;
import muster.wire.Disconnect;
import muster.wire.FieldException;
import muster.wire.JsonObject;
import muster.wire.LogsFollow;
import muster.wire.LogsStop;
import muster.wire.Methods;
import muster.wire.RemoteStart;
import muster.wire.Rpc;
import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.ToolCancel;
import muster.wire.ToolExecute;
import muster.wire.TransferCancel;
import muster.wire.TransferRead;
import muster.wire.TransferWrite;

/// What the server asks and tells after hello. On the session's thread.
final class Requests {
  private final Executions executions;
  private final Carrier carrier;
  private final Deliveries deliveries;
  private final Optional<Remotes> remotes;
  private final Optional<Followers> followers;
  private final Pace pace;
  private final Outbox outbox;
  private final LongSupplier nanos;
  private final Log log;

  /// Hears how often heartbeats are to be sent from `nowNanos` on.
  interface Pace {
    void set(Duration period, long nowNanos);
  }

  /// @param remotes empty where there are no remote sessions
  /// @param followers empty where no logs are followed
  Requests(
      Executions executions,
      Carrier carrier,
      Deliveries deliveries,
      Optional<Remotes> remotes,
      Optional<Followers> followers,
      Pace pace,
      Outbox outbox,
      LongSupplier nanos,
      Log log) {
    this.executions = executions;
    this.carrier = carrier;
    this.remotes = remotes;
    this.followers = followers;
    this.pace = pace;
    this.deliveries = deliveries;
    this.outbox = outbox;
    this.nanos = nanos;
    this.log = log;
  }

  /// @param receivedNanos on the monotonic clock
  void handle(Rpc frame, long receivedNanos) {
    if (frame instanceof Rpc.Request request) {
      try {
        answer(request, receivedNanos);
      } catch (RpcException e) {
        refuse(request, e.error());
      } catch (FieldException e) {
        String message = String.valueOf(e.getMessage());
        refuse(request, new RpcError(RpcError.INVALID_PARAMS, message));
      }
    } else if (frame instanceof Rpc.Notification notification) {
      notice(notification);
    }
  }

  private void notice(Rpc.Notification notification) {
    switch (notification.method()) {
      case Methods.DISCONNECT:
        log.info("the server disconnects: " + Disconnect.fromJson(notification.params()).reason());
        break;
      case Methods.PACE:
        int seconds = DevicePace.fromJson(notification.params()).heartbeatSeconds();
        pace.set(Duration.ofSeconds(seconds), nanos.getAsLong());
        break;
      default:
        // Of a later version.
        break;
    }
  }

  /// The server has taken one of our requests.
  void answered(Rpc.Success answer) {
    deliveries
        .answered(answer.id())
        .ifPresent(result -> forget(result.executionId(), result.attempt()));
  }

  /// The server needs nothing more about this one as of that attempt.
  void forget(String executionId, long attempt) {
    try {
      executions.forget(executionId, attempt);
    } catch (IOException e) {
      log.warn(executionId + ": cannot forget it: " + Log.reason(e));
    }
  }

  private void answer(Rpc.Request request, long receivedNanos) {
    switch (request.method()) {
      case Methods.EXECUTE:
        ToolExecute execute = ToolExecute.fromJson(request.params());
        executions.accept(
            execute,
            nanos.getAsLong() - receivedNanos,
            started -> {
              deliveries.again(execute.executionId());
              succeed(request, started.toJson());
            });
        break;
      case Methods.CANCEL:
        executions.cancel(ToolCancel.fromJson(request.params()).executionId());
        succeed(request, JsonObject.empty());
        break;
      case Methods.TRANSFER_READ:
        carrier.read(TransferRead.fromJson(request.params()));
        succeed(request, JsonObject.empty());
        break;
      case Methods.TRANSFER_WRITE:
        carrier.write(TransferWrite.fromJson(request.params()));
        succeed(request, JsonObject.empty());
        break;
      case Methods.TRANSFER_CANCEL:
        carrier.cancel(TransferCancel.fromJson(request.params()).transferId());
        succeed(request, JsonObject.empty());
        break;
      case Methods.REMOTE_START:
        RemoteStart start = RemoteStart.fromJson(request.params());
        remotes.orElseThrow(() -> unknown(request)).start(start, answer(request));
        break;
      case Methods.LOGS_FOLLOW:
        LogsFollow follow = LogsFollow.fromJson(request.params());
        followers.orElseThrow(() -> unknown(request)).follow(follow, logAnswer(request));
        break;
      case Methods.LOGS_STOP:
        String followId = LogsStop.fromJson(request.params()).followId();
        followers.orElseThrow(() -> unknown(request)).stop(followId);
        succeed(request, JsonObject.empty());
        break;
      default:
        throw unknown(request);
    }
  }

  private static RpcException unknown(Rpc.Request request) {
    return new RpcException(RpcError.METHOD_NOT_FOUND, request.method() + ": no such method");
  }

  private Remotes.Answer answer(Rpc.Request request) {
    return new Remotes.Answer() {
      @Override
      public void accepted() {
        succeed(request, JsonObject.empty());
      }

      @Override
      public void refused(RpcError why) {
        refuse(request, why);
      }
    };
  }

  private Followers.Answer logAnswer(Rpc.Request request) {
    return new Followers.Answer() {
      @Override
      public void accepted() {
        succeed(request, JsonObject.empty());
      }

      @Override
      public void refused(RpcError why) {
        refuse(request, why);
      }
    };
  }

  private void succeed(Rpc.Request request, JsonObject result) {
    outbox.urgent(new Rpc.Success(request.id(), result).format());
  }

  private void refuse(Rpc.Request request, RpcError error) {
    log.warn("refused " + request.method() + ": " + error.message());
    outbox.urgent(new Rpc.Failure(Optional.of(request.id()), error).format());
  }
}
