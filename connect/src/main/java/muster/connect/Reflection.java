package muster.connect;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.InternalServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Server reflection, v1 and v1alpha. grpc-java's services ask a `Server` in the context what there
/// is to show; this one shows a list.
final class Reflection extends Server implements ServerInterceptor {

  private final List<ServerServiceDefinition> shown;

  private Reflection(List<ServerServiceDefinition> shown) {
    this.shown = List.copyOf(shown);
  }

  @SuppressWarnings("deprecation") // v1alpha is what older clients ask
  static List<ServerServiceDefinition> of(List<ServerServiceDefinition> shown) {
    var server = new Reflection(shown);
    return List.of(
        ServerInterceptors.intercept(ProtoReflectionServiceV1.newInstance(), server),
        ServerInterceptors.intercept(
            io.grpc.protobuf.services.ProtoReflectionService.newInstance(), server));
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    var context = Context.current().withValue(InternalServer.SERVER_CONTEXT_KEY, this);
    return Contexts.interceptCall(context, call, headers, next);
  }

  @Override
  public List<ServerServiceDefinition> getServices() {
    return shown;
  }

  @Override
  public List<ServerServiceDefinition> getImmutableServices() {
    return shown;
  }

  @Override
  public Server start() {
    return this;
  }

  @Override
  public Server shutdown() {
    return this;
  }

  @Override
  public Server shutdownNow() {
    return this;
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }

  @Override
  public void awaitTermination() {}
}
