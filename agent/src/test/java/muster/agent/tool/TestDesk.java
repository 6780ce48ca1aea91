package muster.agent.tool;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import muster.agent.policy.Policy;
import muster.wire.Facts;
import muster.wire.Json;
import muster.wire.JsonObject;

/// Runs a job on the spot and keeps what it prints.
final class TestDesk implements Desk {
  private final Policy policy;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  final List<Path> making = new ArrayList<>();
  private final List<Closeable> resources = new ArrayList<>();
  private Optional<SSLSocketFactory> tls = Optional.empty();
  private Runnable beforeCommit = () -> {};
  private final Pace pace = new Pace();
  private boolean stopped;

  TestDesk(Policy policy) {
    this.policy = policy;
  }

  /// Reads the arguments, asks the policy and runs, as the agent does.
  TestDesk run(String tool, String args) throws IOException, InterruptedException {
    Task task = Tools.read(tool, Json.parseObject(args));
    task.check(policy);
    ((Job) task).run(this);
    return this;
  }

  TestDesk trusting(SSLSocketFactory factory) {
    tls = Optional.of(factory);
    return this;
  }

  TestDesk beforeCommit(Runnable action) {
    beforeCommit = action;
    return this;
  }

  void stop() throws IOException {
    stopped = true;
    for (Closeable resource : resources) {
      resource.close();
    }
  }

  String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  JsonObject json() {
    return Json.parseObject(text());
  }

  @Override
  public Software software() {
    return Software.NONE;
  }

  @Override
  public String id() {
    return "cmd_test";
  }

  @Override
  public Policy policy() {
    return policy;
  }

  @Override
  public Facts facts() {
    return new Facts(
        Optional.of("test"),
        Optional.of("web-1"),
        Optional.of("linux"),
        Optional.of("x86_64"),
        Optional.empty());
  }

  @Override
  public SSLSocketFactory tls() {
    return tls.orElseGet(() -> (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  @Override
  public String uniqueName() {
    return "0123456789abcdef";
  }

  @Override
  public void making(Path file) {
    making.add(file);
  }

  @Override
  public void print(byte[] bytes) {
    printed.writeBytes(bytes);
  }

  /// A machine without any programs.
  @Override
  public boolean has(String program) {
    return false;
  }

  @Override
  public Printed run(Program program) throws IOException {
    throw new IOException(program.name() + " is not on this machine");
  }

  @Override
  public Pace pace() {
    return pace;
  }

  @Override
  public void commit() throws InterruptedException {
    beforeCommit.run();
    if (stopped) {
      throw new InterruptedException("stopped");
    }
  }

  @Override
  public void onStop(Closeable resource) {
    resources.add(resource);
  }
}
