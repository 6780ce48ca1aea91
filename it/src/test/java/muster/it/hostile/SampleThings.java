package muster.it.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import muster.blob.Checksum;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;

/// What the samples name, made as it is wanted.
final class SampleThings {
  static final String PASSWORD = "a password for samples";

  /// Who logs in, and who is changed: then the password is another.
  static final String USER = "sample";

  static final String CHANGED = "changed";

  final TestMuster muster;
  private final AtomicInteger number = new AtomicInteger();
  final FakeDevice machine;
  final String device;
  final String command;
  final String key;

  /// Connected, and does at once whatever it is given.
  private final FakeDevice worker;

  /// Holds no connection; its reports make nobody else online.
  final FakeDevice reporter;

  final String group;
  final String campaign;

  /// A file that came from the worker.
  final String file;

  /// What [SampleBodies#FILE] is, complete.
  final String binary;

  final String webhook;

  SampleThings(TestMuster muster) {
    this.muster = muster;
    machine = muster.enroll("sample");
    device = machine.id();
    command =
        muster
            .admin()
            .post("/v1/devices/" + device + "/commands", SampleBodies.execution())
            .expect(201)
            .text("id");
    // Ended, so that following it ends.
    muster.admin().post("/v1/commands/" + command + "/cancel", Map.of()).expect(200);
    key =
        muster
            .admin()
            .post("/api/auth/keys", Map.of("name", "sample", "role", "viewer"))
            .expect(201)
            .text("id");
    reporter = muster.enroll("reporter");
    worker = tagged(muster.enroll("worker"));
    Thread.ofVirtual().name("worker").start(this::work);
    awaitWorker();
    group = newGroup();
    muster
        .admin()
        .post("/api/device-groups/" + group + "/members/" + worker.id(), Map.of())
        .expect(200);
    campaign =
        muster
            .admin()
            .post("/api/device-groups/" + group + "/execute", SampleBodies.tool())
            .expect(200)
            .text("execution_id");
    file = newFile();
    binary = newBinary();
    webhook = newWebhook();
    for (String user : List.of(USER, CHANGED)) {
      muster
          .admin()
          .post("/api/users", Map.of("username", user, "password", PASSWORD, "role", "viewer"))
          .expect(201);
    }
  }

  String newWebhook() {
    return muster.admin().post("/api/webhooks", SampleBodies.webhook()).expect(201).text("id");
  }

  String newWebhookDelivery() {
    return muster
        .admin()
        .post("/api/webhooks/" + webhook + "/test", Map.of())
        .expect(200)
        .text("id");
  }

  /// A number that nothing else has.
  int next() {
    return number.incrementAndGet();
  }

  /// Connects the worker, if the time that a test has let pass has cost it its connection.
  FakeDevice worker() {
    awaitWorker();
    return worker;
  }

  /// Connects the worker whenever the time that a test has let pass has cost it its connection, and
  /// does what it is given; until the server has ended.
  private void work() {
    while (worker.isOpen() || isBack()) {
      try {
        worker
            .pollExecute(Duration.ofMillis(100))
            .ifPresent(given -> worker.complete(given, "done"));
        worker
            .pollLog(Duration.ZERO)
            .ifPresent(order -> {
              worker.accept(order);
              worker.logLines(order.id(), 1, List.of("a line"));
            });
      } catch (RuntimeException e) {
        // The connection was cut just now.
      }
    }
  }

  private boolean isBack() {
    try {
      worker.connect();
      return true;
    } catch (RuntimeException | AssertionError e) {
      return false;
    }
  }

  private void awaitWorker() {
    Awaitility.await().until(worker::isOpen);
  }

  void awaitIdle() {
    for (String status : List.of("queued", "sent", "running")) {
      String commands = "/v1/commands?device=" + worker.id() + "&status=" + status;
      Awaitility.await()
          .until(() -> muster.admin().get(commands).expect(200).at("commands").isEmpty());
    }
  }

  /// With the tags that the samples' own bodies keep.
  FakeDevice tagged(FakeDevice device) {
    muster
        .admin()
        .patch("/v1/devices/" + device.id(), Map.of("tags", List.of("a", "b")))
        .expect(200);
    return device;
  }

  String newFile() {
    byte[] content = "sample".getBytes(StandardCharsets.UTF_8);
    String id = newDownload(worker);
    String path = "/device/transfers/" + worker.nextTransfer().id();
    worker
        .http()
        .sendBytes(
            "PUT",
            path + "/content?offset=0&size=" + content.length,
            Optional.of(content),
            Map.of("Content-Type", "application/octet-stream"))
        .expect(200);
    String checksum = Checksum.of(content).text();
    worker
        .http()
        .post(
            path + "/end",
            Map.of("status", "completed", "size", content.length, "checksum", checksum))
        .expect(200);
    return id;
  }

  String newDownload(FakeDevice from) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + from.id() + "/transfers",
            Map.of("direction", "download", "path", "/opt/sample"))
        .expect(201)
        .text("id");
  }

  String newBinary() {
    return muster
        .admin()
        .send(
            "POST",
            "/v1/binaries?version=1&platform=linux&name=sample-" + next(),
            Optional.of(SampleBodies.FILE),
            Map.of())
        .expect(201)
        .text("id");
  }

  /// Of as many bytes as the samples' file has, of which none has come.
  String newUpload() {
    return muster
        .admin()
        .post("/v1/uploads", SampleBodies.upload("upload-" + next()))
        .expect(201)
        .text("id");
  }

  String wholeUpload() {
    String id = newUpload();
    muster
        .admin()
        .send("PUT", "/v1/uploads/" + id + "?offset=0", Optional.of(SampleBodies.FILE), Map.of())
        .expect(200);
    return id;
  }

  String newGroup() {
    return muster
        .admin()
        .post("/api/device-groups", Map.of("name", "group-" + next()))
        .expect(201)
        .text("id");
  }

  String blocked() {
    String id = tagged(muster.enroll("blocked")).id();
    muster.admin().post("/api/devices/" + id + "/block", Map.of()).expect(200);
    return id;
  }

  String waiting() {
    return muster
        .admin()
        .post("/v1/devices/" + device + "/commands", SampleBodies.execution())
        .expect(201)
        .text("id");
  }

  /// A device that is in the group already, which does no harm to whoever adds it.
  String member() {
    String id = tagged(muster.enroll("member")).id();
    muster.admin().post("/api/device-groups/" + group + "/members/" + id, Map.of()).expect(200);
    return id;
  }

  /// The socket of a session that the administrator has begun, without its ticket.
  String remoteSocket() {
    endSessions();
    return muster
        .admin()
        .post("/api/devices/" + worker.id() + "/remote/start", Map.of())
        .expect(201)
        .text("url")
        .replaceFirst("&token=.*", "");
  }

  /// Ends what was begun; it would end by itself some time, and put that on record.
  void endSessions() {
    awaitWorker();
    muster.admin().post("/api/devices/" + worker.id() + "/remote/stop", Map.of());
  }

  String recording() {
    String id = "ses_sample";
    try {
      Path directory = Files.createDirectories(muster.data().resolve("recordings"));
      Files.writeString(
          directory.resolve("1776263400000." + id + "." + device + ".c2FtcGxl.cast"),
          "{\"version\":2,\"width\":80,\"height\":24}\n");
      return id;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TestReply newCode() {
    return muster.admin().post(Samples.PAIR, Map.of()).expect(200);
  }

  String openEnrollment() {
    return muster.admin().post("/v1/devices/enrollment", Map.of()).expect(200).text("id");
  }
}
