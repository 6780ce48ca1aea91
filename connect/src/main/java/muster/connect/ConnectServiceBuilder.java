package muster.connect;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import io.grpc.BindableService;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/// What a [ConnectService] serves and how.
public final class ConnectServiceBuilder {

  /// The most bytes of a message when nothing else is said: 4 MiB.
  public static final int DEFAULT_MAX_MESSAGE_BYTES = 4 << 20;

  private final List<ServerServiceDefinition> services = new ArrayList<>();
  private final List<ServerInterceptor> interceptors = new ArrayList<>();
  private final Map<String, Integer> limits = new HashMap<>();
  private int limit = DEFAULT_MAX_MESSAGE_BYTES;
  private Optional<ErrorForm> plain = Optional.empty();
  private Optional<Cors> cors = Optional.empty();
  private Optional<Executor> executor = Optional.empty();
  private boolean reflection;

  ConnectServiceBuilder() {}

  /// Adds a service; `grpc.health.v1` is one like any other.
  public ConnectServiceBuilder service(ServerServiceDefinition service) {
    services.add(service);
    return this;
  }

  /// Adds a service.
  public ConnectServiceBuilder service(BindableService service) {
    return service(service.bindService());
  }

  /// Adds an interceptor around every procedure; the first one added is called first.
  public ConnectServiceBuilder interceptor(ServerInterceptor interceptor) {
    interceptors.add(interceptor);
    return this;
  }

  /// The most bytes of one uncompressed message from a caller.
  public ConnectServiceBuilder maxMessageBytes(int bytes) {
    this.limit = positive(bytes);
    return this;
  }

  /// The same for one procedure, `<package>.<Service>/<Method>`.
  public ConnectServiceBuilder maxMessageBytes(String method, int bytes) {
    limits.put(method, positive(bytes));
    return this;
  }

  private static int positive(int bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes: " + bytes + " (expected: at least 1)");
    }
    return bytes;
  }

  /// Lets web pages call; without it, browsers refuse calls from other origins.
  public ConnectServiceBuilder cors(Cors cors) {
    this.cors = Optional.of(cors);
    return this;
  }

  /// Answers plain callers in a form of their own and lets them send nothing for `{}`, by POST, and
  /// the fields of a request as query parameters, by GET. Without it all callers are Connect's.
  public ConnectServiceBuilder plain(ErrorForm form) {
    this.plain = Optional.of(form);
    return this;
  }

  /// Where handlers run; they may block there. By default each on a virtual thread.
  public ConnectServiceBuilder executor(Executor executor) {
    this.executor = Optional.of(executor);
    return this;
  }

  /// Serves server reflection v1 and v1alpha, which show the schema to whoever may call them.
  public ConnectServiceBuilder reflection(boolean reflection) {
    this.reflection = reflection;
    return this;
  }

  /// @throws IllegalArgumentException for a procedure served twice, or a limit of one that is not
  ///   served
  public ConnectService build() {
    var all = new ArrayList<>(services);
    if (reflection) {
      all.addAll(Reflection.of(services));
    }
    var rpcs = new HashMap<String, Rpc>();
    var unknown = new HashSet<>(limits.keySet());
    for (ServerServiceDefinition service : all) {
      for (var method : ServerInterceptors.interceptForward(service, interceptors).getMethods()) {
        var name = method.getMethodDescriptor().getFullMethodName();
        unknown.remove(name);
        if (rpcs.put("/" + name, Rpc.of(method, limits.getOrDefault(name, limit))) != null) {
          throw new IllegalArgumentException(name + ": served twice");
        }
      }
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(unknown + ": limits of procedures that are not served");
    }
    return new ConnectService(
        rpcs,
        types(all),
        plain,
        cors,
        executor.orElseGet(Executors::newVirtualThreadPerTaskExecutor));
  }

  /// What may stand in an `Any`: all that the services' files reach, and the standard error
  /// details.
  private static JsonFormat.TypeRegistry types(List<ServerServiceDefinition> services) {
    var seen = new HashSet<FileDescriptor>();
    reach(ErrorDetailsProto.getDescriptor(), seen);
    for (ServerServiceDefinition service : services) {
      if (service.getServiceDescriptor().getSchemaDescriptor()
          instanceof ProtoFileDescriptorSupplier file) {
        reach(file.getFileDescriptor(), seen);
      }
    }
    var types = JsonFormat.TypeRegistry.newBuilder();
    seen.forEach(file -> types.add(file.getMessageTypes()));
    return types.build();
  }

  private static void reach(FileDescriptor file, Set<FileDescriptor> seen) {
    if (seen.add(file)) {
      file.getDependencies().forEach(dependency -> reach(dependency, seen));
    }
  }
}
